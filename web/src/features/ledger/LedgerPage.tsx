import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { ledgerQuery } from '@/api/measurement-queries';
import { libraryQuery } from '@/api/queries';
import type { Ledger, LedgerLine } from '@/api/types';
import { Explain } from '@/components/Explain';
import { LinkButton } from '@/components/LinkButton';
import { Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { Pill } from '@/components/Pill';
import { Said } from '@/components/Said';
import { count, date, difference } from '@/lib/format';
import { Waterfall } from './Waterfall';

/** What each change brought, and what those that were kept come to together. */
export function LedgerPage() {
  const search = useSearch({ from: '/shell/ledger' });
  const navigate = useNavigate();
  const kpis = (useQuery(libraryQuery).data?.kpis ?? []).filter(
    (kpi) => kpi.kind !== 'ratio' && kpi.kind !== 'quantile',
  );
  const ledger = useQuery(ledgerQuery({ kpi: search.kpi, prompt: search.prompt }));
  return (
    <Page
      title="Ledger"
      intent="What each change brought to a KPI. Experiments count; what was only compared before with after says how weak that is."
      trail={search.prompt ? [{ title: 'Ledger', to: '/ledger' }, { title: search.prompt }] : []}
      actions={
        <NativeSelect
          label="KPI"
          value={ledger.data?.kpi ?? search.kpi ?? ''}
          onChange={(event) =>
            void navigate({
              to: '/ledger',
              search: { ...search, kpi: event.currentTarget.value },
              replace: true,
            })
          }
          data={kpis.map((kpi) => ({ value: kpi.id, label: kpi.title }))}
        />
      }
    >
      <Loaded query={ledger}>
        {(found) => (found.items.length === 0 ? <Nothing ledger={found} /> : <Lines ledger={found} />)}
      </Loaded>
    </Page>
  );
}

function Nothing({ ledger }: { ledger: Ledger }) {
  return (
    <Empty
      title={`No change measured on “${ledger.kpi_title}” yet`}
      action={<LinkButton to="/releases">Choose a release to try</LinkButton>}
    >
      Each rollout that ends writes a line here: what it brought, how sure that is, and whether it was kept.
      Releases that went live at once are compared before with after, two weeks on each side.
    </Empty>
  );
}

function Lines({ ledger }: { ledger: Ledger }) {
  return (
    <div className="stack">
      <section className="tile stack">
        <p className="verdict">
          <Said text={ledger.sentence} />
        </p>
        <Waterfall ledger={ledger} />
        <Explain title="Explain this: how the bars are read">
          <p>
            Bars of one prompt stand together, and each begins where the one before it ended. A filled bar is
            an experiment whose new version was kept: people were split by chance, so the difference is its
            own. An outlined bar was tried and not kept, or was never tried: it is shown where it would have
            led, and the line goes on without it.
          </p>
          <p>
            Effects multiply: two times five per cent is a little more than ten. They were measured at their
            time; seasons and other people may make them larger or smaller today.
          </p>
        </Explain>
      </section>
      <section className="stack tight">
        <h2 className="label">Changes, newest first</h2>
        <ul className="tile flush list">
          {[...ledger.items].reverse().map((line) => (
            <li key={`${line.target} ${line.prompt ?? ''} ${line.at}`} className="list-row">
              <Line ledger={ledger} line={line} />
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

const kinds: Record<string, { tone: 'green' | 'plain' | 'amber'; word: string }> = {
  kept: { tone: 'green', word: 'experiment, kept' },
  avoided: { tone: 'plain', word: 'experiment, not kept' },
  'before-after': { tone: 'amber', word: 'before and after: weak' },
};

function Line({ ledger, line }: { ledger: Ledger; line: LedgerLine }) {
  const kind = kinds[line.kind];
  const [what, id = ''] = line.target.split(':');
  const title = line.title || line.target;
  return (
    <div className="grow stack tight">
      <span className="between">
        {what === 'rollout' ? (
          <Link to="/live/$number" params={{ number: id.replace('R-', '') }} className="link">
            {title}
          </Link>
        ) : (
          <Link to="/releases/$number" params={{ number: id }} className="link">
            {title}
          </Link>
        )}
        <Pill tone={kind?.tone}>{kind?.word ?? line.kind}</Pill>
      </span>
      <span>
        <strong>{difference(ledger, line.effect)}</strong>
        <span className="quiet">{` (${difference(ledger, line.low)} to ${difference(ledger, line.high)}), ${count(line.units)} people, ${date(line.at)}`}</span>
        {line.prompt && (
          <span className="quiet">{` · ${line.prompt}${line.to == null ? '' : ` Version ${line.to}`}`}</span>
        )}
      </span>
      <span className="small quiet">{line.weakness}</span>
    </div>
  );
}
