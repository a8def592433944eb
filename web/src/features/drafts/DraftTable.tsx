import { Link } from '@tanstack/react-router';
import { DistancePills, EndPill, KindPill } from '@/components/DraftFacts';
import { Pill } from '@/components/Pill';
import { personName } from '@/lib/format';
import { blockerWords, columns, draftShown } from '@/lib/standing';
import { when } from './Board';
import type { Row } from './rows';

/** The board’s twin: the same facts, row by row. */
export function DraftTable({ rows }: { rows: Row[] }) {
  return (
    <section className="tile flush scroll-x" aria-label="Drafts as a table" tabIndex={0}>
      <table className="plain draft-table">
        <thead>
          <tr>
            <th scope="col">Draft</th>
            <th scope="col">State</th>
            <th scope="col">Kind</th>
            <th scope="col">Looked after by</th>
            <th scope="col">Last</th>
            <th scope="col">Review</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ draft, column, change, owed }) => (
            <tr key={draft.name}>
              <th scope="row">
                <Link to="/drafts/$name" params={{ name: draft.name }} className="link">
                  {draftShown(draft)}
                </Link>
              </th>
              <td>
                <span className="row">
                  {columns.find(({ key }) => key === column)?.title}
                  {draft.status === 'open' && <DistancePills draft={draft} />}
                </span>
              </td>
              <td>
                <span className="row">
                  <KindPill kind={draft.kind} />
                  <EndPill draft={draft} />
                </span>
              </td>
              <td>{personName(draft.owner)}</td>
              <td>{when(draft)}</td>
              <td>
                {change && (
                  <>
                    <Link to="/reviews/$number" params={{ number: String(change.number) }} className="link">
                      {`CH-${change.number}`}
                    </Link>
                    {change.blockers[0] && (
                      <span className="small quiet">{` ${blockerWords(change.blockers[0]).message}`}</span>
                    )}
                  </>
                )}
                {owed && (
                  <Link to="/reviews/$number" params={{ number: String(owed.number) }}>
                    <Pill tone="amber" icon="warning">
                      review owed
                    </Pill>
                  </Link>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
