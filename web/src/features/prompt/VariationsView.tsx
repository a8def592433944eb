import { Button, Checkbox } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { variationsQuery } from '@/api/queries';
import type { VariationMatrix, VariationRow } from '@/api/types';
import { Icon, type IconName } from '@/components/Icon';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty } from '@/components/Page';
import { Pill, type Tone } from '@/components/Pill';
import { plural } from '@/lib/format';
import { reasonWords } from '@/lib/impact';
import { type Cell, type CellState, linesOf, matrixWords, variationName } from '@/lib/variations';
import './variations.css';

const COLUMNS_AT_FIRST = 8;
const noTitles = new Map<string, string>();

/** Who differs from the base, and how: slots and fields down, variations across. */
export function VariationsView({ id, draft }: { id: string; draft?: string }) {
  const matrix = useQuery(variationsQuery(id, draft));
  return (
    <Loaded
      query={matrix}
      shape={
        <div className="tile">
          <Bones rows={6} height={40} />
        </div>
      }
    >
      {(data) => (data.variations.length === 0 ? <None /> : <Matrix matrix={data} here={id} draft={draft} />)}
    </Loaded>
  );
}

function None() {
  return (
    <Empty title="Nothing varies this prompt yet">
      It opens places that others may fill; everything else stays locked. A file beside it, named after it
      with a brand or region, such as welcome.finch.de, is a variation and will stand here with what it fills.
    </Empty>
  );
}

function Matrix({ matrix, here, draft }: { matrix: VariationMatrix; here: string; draft?: string }) {
  const [only, setOnly] = useState(false);
  const [columns, setColumns] = useState(COLUMNS_AT_FIRST);
  const lines = linesOf(matrix).filter((line) => !only || line.differs);
  const rows = matrix.variations.slice(0, columns);
  const search = draft ? { draft } : {};
  return (
    <div className="stack">
      <div className="between">
        <p className="verdict">{matrixWords(matrix)}</p>
        <Checkbox
          label="Only what differs"
          checked={only}
          onChange={(event) => setOnly(event.currentTarget.checked)}
        />
      </div>
      <Problems rows={matrix.variations} />
      <section className="tile flush scroll-x variations" aria-label="Who differs from the base" tabIndex={0}>
        <table className="plain">
          <caption className="visually-hidden">
            Slots and settings down, the base and its variations across
          </caption>
          <thead>
            <tr>
              <th scope="col">What is open</th>
              <Head title="The base" id={matrix.base} here={here} search={search} />
              {rows.map((row) => (
                <Head
                  key={row.path}
                  title={variationName(row)}
                  id={row.id}
                  here={here}
                  search={search}
                  row={row}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.key}>
                <th scope="row">
                  <span className="variations-title">{line.title}</span>
                  <span className="small quiet">
                    {line.hint || (line.kind === 'field' ? 'a setting' : 'a passage')}
                  </span>
                </th>
                <td>
                  <p className={line.kind === 'slot' ? 'variations-text' : undefined}>{line.base}</p>
                </td>
                {line.cells.slice(0, columns).map((one) => (
                  <CellOf key={one.variation} cell={one} text={line.kind === 'slot'} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {matrix.variations.length > rows.length && (
        <div>
          <Button variant="default" size="sm" onClick={() => setColumns(columns + COLUMNS_AT_FIRST)}>
            {`Show ${Math.min(COLUMNS_AT_FIRST, matrix.variations.length - rows.length)} more variations`}
          </Button>
        </div>
      )}
      {matrix.left_off > 0 && (
        <p className="small quiet">{`${plural(matrix.left_off, 'variation')} more are not shown.`}</p>
      )}
    </div>
  );
}

function Head({
  title,
  id,
  here,
  search,
  row,
}: {
  title: string;
  id: string;
  here: string;
  search: object;
  row?: VariationRow;
}) {
  const errors = row?.diagnostics.filter((one) => one.severity === 'error').length ?? 0;
  return (
    <th scope="col" aria-current={id === here ? 'true' : undefined}>
      {id === here ? (
        <span className="variations-name">{title}</span>
      ) : (
        <Link to="/prompts/$id" params={{ id }} search={search} className="link variations-name">
          {title}
        </Link>
      )}
      <span className="variations-facts">
        {row?.version != null && `Version ${row.version}`}
        {row && row.version == null && 'on a draft'}
        {row?.independent && ', a prompt of its own'}
      </span>
      {errors > 0 && (
        <Pill tone="red" icon="warning">
          {plural(errors, 'problem')}
        </Pill>
      )}
    </th>
  );
}

const looks: Record<CellState, { tone: Tone; icon: IconName; words: string } | undefined> = {
  own: { tone: 'blue', icon: 'edit', words: 'own' },
  inherited: { tone: 'plain', icon: 'lower', words: 'inherited' },
  problem: { tone: 'red', icon: 'warning', words: 'problem' },
  base: undefined,
  none: undefined,
};

function CellOf({ cell, text }: { cell: Cell; text: boolean }) {
  const look = looks[cell.state];
  if (!look)
    return (
      <td className="variations-same">
        <span className="small quiet">{cell.state === 'base' ? 'as the base' : 'nothing'}</span>
      </td>
    );
  return (
    <td className={`variations-${cell.state}`}>
      <Pill tone={look.tone} icon={look.icon}>
        {cell.from ? `${look.words} from ${cell.from.split('/').at(-1)}` : look.words}
      </Pill>
      <p className={text ? 'variations-text' : undefined}>{cell.text}</p>
      {cell.problem && <p className="small">{reasonWords(cell.problem, noTitles)}</p>}
    </td>
  );
}

/** What is wrong with variations, each with its line. */
function Problems({ rows }: { rows: VariationRow[] }) {
  const list = rows.flatMap((row) => row.diagnostics.map((one) => ({ row, one })));
  if (list.length === 0) return null;
  const harm = list.some(({ one }) => one.severity === 'error');
  return (
    <ul className={`banner ${harm ? 'harm' : 'owed'} stack tight`} aria-label="Problems of variations">
      {list.map(({ row, one }) => (
        <li
          key={`${row.path} ${one.line} ${one.code} ${one.message}`}
          className="row nowrap variations-problem"
        >
          <Icon name={one.severity === 'error' ? 'cross' : 'warning'} />
          <span className="wrap-any">
            <strong>{variationName(row)}</strong>
            {`, line ${one.line}: ${reasonWords(one.message, noTitles)}`}
          </span>
        </li>
      ))}
    </ul>
  );
}
