import { MultiSelect, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { attributionQuery, journeysQuery } from '@/api/measurement-queries';
import { libraryQuery } from '@/api/queries';
import type { AskAttribution, AttributionBasis, Kpi } from '@/api/types';
import { Explain } from '@/components/Explain';
import { LinkButton } from '@/components/LinkButton';
import { Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { TabPanel, Tabs } from '@/components/Tabs';
import { count, date, plural } from '@/lib/format';
import type { JourneysSearch } from '@/lib/journeys';
import { CausalNumbers } from './CausalNumbers';
import { CreditsChart } from './CreditsChart';
import { PathsTable } from './PathsTable';
import { StepsFlow } from './StepsFlow';
import './journeys.css';
import { Said } from '@/components/Said';

/** Which channels, prompts and versions stood on the way to a conversion. */
export function JourneysPage() {
  const search = useSearch({ from: '/shell/journeys' });
  const navigate = useNavigate();
  const kpis = useQuery(libraryQuery).data?.kpis ?? [];
  const set = (part: Partial<JourneysSearch>) =>
    void navigate({ to: '/journeys', search: { ...search, ...part }, replace: true, resetScroll: false });
  const ask: AskAttribution = {
    kpi: search.kpi,
    by: search.by,
    lookback_days: search.days,
    touches: search.touches,
  };
  const tab = search.tab === 'paths' ? 'paths' : 'credits';
  const goal = useQuery(attributionQuery(ask)).data?.basis.kpi ?? search.kpi ?? '';
  return (
    <Page
      title="Journeys"
      intent="What people met before they converted, and how eight ways of sharing the credit see it, beside what experiments found."
    >
      <Controls search={search} kpis={kpis} goal={goal} onChange={set} />
      <Tabs
        label="What to look at"
        chosen={tab}
        onChoose={(key) => set({ tab: key })}
        tabs={[
          { key: 'credits', title: 'Who gets the credit' },
          { key: 'paths', title: 'Paths' },
        ]}
      />
      <TabPanel of={tab}>{tab === 'credits' ? <Credits ask={ask} /> : <Paths ask={ask} />}</TabPanel>
    </Page>
  );
}

function Controls({
  search,
  kpis,
  goal,
  onChange,
}: {
  search: JourneysSearch;
  kpis: Kpi[];
  goal: string;
  onChange: (part: Partial<JourneysSearch>) => void;
}) {
  const goals = kpis.filter((kpi) => kpi.kind !== 'ratio' && kpi.kind !== 'quantile');
  const touches = goals.filter((kpi) => kpi.id !== goal);
  return (
    <div className="journeys-controls">
      <NativeSelect
        label="What is shared out"
        value={goal}
        onChange={(event) => onChange({ kpi: event.currentTarget.value })}
        data={goals.map((kpi) => ({ value: kpi.id, label: kpi.title }))}
      />
      <NativeSelect
        label="Among"
        value={search.by ?? 'channel'}
        onChange={(event) => onChange({ by: event.currentTarget.value })}
        data={[
          { value: 'channel', label: 'channels' },
          { value: 'prompt', label: 'prompts' },
          { value: 'version', label: 'versions of prompts' },
        ]}
      />
      <NativeSelect
        label="Looking back"
        value={String(search.days ?? 30)}
        onChange={(event) => onChange({ days: Number(event.currentTarget.value) })}
        data={[7, 14, 30, 60, 90].map((days) => ({ value: String(days), label: `${days} days` }))}
      />
      <MultiSelect
        label="Also count as touches"
        placeholder={search.touches ? undefined : 'nothing else'}
        value={search.touches ? search.touches.split(',') : []}
        onChange={(chosen) => onChange({ touches: chosen.length > 0 ? chosen.join(',') : undefined })}
        data={touches.map((kpi) => ({ value: kpi.id, label: kpi.title }))}
      />
    </div>
  );
}

function Credits({ ask }: { ask: AskAttribution }) {
  const found = useQuery(attributionQuery(ask));
  return (
    <Loaded query={found}>
      {(credits) =>
        credits.basis.conversions === 0 ? (
          <NoJourneys basis={credits.basis} />
        ) : (
          <div className="stack">
            <section className="tile stack">
              <p className="verdict">
                <Said text={credits.sentence} />
              </p>
              <CreditsChart credits={credits} />
              <Explain title="Explain this: what each model does">
                {credits.models.map((model) => (
                  <p key={model.model}>
                    <strong>{model.title}.</strong> {model.explanation}
                  </p>
                ))}
                <p>
                  All of them describe who was there. None can tell whether people would have converted
                  anyway: somebody about to buy opens the mail, too.
                </p>
              </Explain>
            </section>
            <CausalNumbers credits={credits} />
            <Basis basis={credits.basis} />
          </div>
        )
      }
    </Loaded>
  );
}

function Paths({ ask }: { ask: AskAttribution }) {
  const found = useQuery(journeysQuery(ask));
  return (
    <Loaded query={found}>
      {(journeys) =>
        journeys.paths.length === 0 ? (
          <NoJourneys basis={journeys.basis} />
        ) : (
          <div className="stack">
            <section className="tile stack">
              <h2>First steps</h2>
              <StepsFlow journeys={journeys} />
              <Explain>
                <p>
                  From left to right: what people met first, second, third and fourth, and how it ended. A
                  broad band means many people. A journey ends with a conversion; the next touch begins a new
                  one.
                </p>
              </Explain>
            </section>
            <PathsTable journeys={journeys} />
            <Basis basis={journeys.basis} />
          </div>
        )
      }
    </Loaded>
  );
}

function NoJourneys({ basis }: { basis: AttributionBasis }) {
  return (
    <Empty
      title="No journeys yet"
      action={
        <LinkButton to="/live" variant="default">
          See what is live
        </LinkButton>
      }
    >
      {`Between ${date(basis.from)} and ${date(basis.until)} nobody who was seen reached “${basis.kpi_title}”. Journeys are made of what applications report: which prompt a person got, through which channel, and what the person did.`}
    </Empty>
  );
}

function Basis({ basis }: { basis: AttributionBasis }) {
  return (
    <p className="small quiet">
      {`${plural(basis.conversions, 'conversion')} and ${plural(basis.nulls, 'journey')} without one, ${count(basis.units)} people, ${date(basis.from)} to ${date(basis.until)}.`}
      {basis.untouched > 0 &&
        ` ${count(basis.untouched)} conversions had no touch before them and are not shared out.`}
      {basis.left_out > 0 && ' Rarer journeys were not looked at: there are more than one answer takes in.'}
      {basis.missing > 0 && ` Up to ${count(basis.missing)} newer events are not counted yet.`}
    </p>
  );
}
