import { NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { planQuery } from '@/api/plan-queries';
import { releasesQuery } from '@/api/queries';
import type { Kpi, RolloutForecast } from '@/api/types';
import { LinkButton } from '@/components/LinkButton';
import { Bones, ProblemNote } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { Said } from '@/components/Said';
import { useLibrary, useMay } from '@/components/session';
import { count, date } from '@/lib/format';
import { SeenChart } from './SeenChart';
import { type Asked, askedOf, days, shownNumber } from './words';

/** How many people a rollout needs, and how long that takes, before anybody starts it. */
export function PlannerPage() {
  const library = useLibrary();
  const kpis = library?.kpis.filter((kpi) => kpi.kind !== 'ratio') ?? [];
  return (
    <Page
      title="Planner"
      intent="How many people a rollout needs to see a change, and how many days that takes at your volume."
      trail={[{ title: 'Live', to: '/live' }, { title: 'Planner' }]}
    >
      {library === undefined ? (
        <div className="tile">
          <Bones rows={5} height={28} />
        </div>
      ) : kpis.length === 0 ? (
        <Empty title="No KPI is defined" action={<LinkButton to="/settings">Open the settings</LinkButton>}>
          A plan needs a number that should get better. KPIs are defined in the library's settings, under
          `kpis`.
        </Empty>
      ) : (
        <Planner kpis={kpis} />
      )}
    </Page>
  );
}

function Planner({ kpis }: { kpis: Kpi[] }) {
  const search = useSearch({ from: '/shell/planner' });
  const navigate = useNavigate();
  const [fields, setFields] = useState<Asked>({
    kpi: kpis.find((kpi) => kpi.id === search.kpi)?.id ?? kpis[0]?.id ?? '',
    lift: search.lift ?? '5',
    prompt: search.prompt ?? '',
    baseline: '',
    sd: '',
    daily: '',
    arms: '2',
  });
  const set = (part: Partial<Asked>) => {
    const next = { ...fields, ...part };
    setFields(next);
    void navigate({
      to: '/planner',
      search: { kpi: next.kpi, lift: next.lift, prompt: next.prompt || undefined },
      replace: true,
      resetScroll: false,
    });
  };
  const kpi = kpis.find((one) => one.id === fields.kpi);
  const [asked] = useDebouncedValue(fields, 250);
  const ask = kpi && askedOf(asked, kpi);
  const plan = useQuery(planQuery(ask));
  return (
    <div className="planner">
      <form className="tile stack" onSubmit={(event) => event.preventDefault()} aria-label="What is planned">
        <NativeSelect
          label="Which number should change?"
          data={kpis.map((one) => ({ value: one.id, label: one.title }))}
          value={fields.kpi}
          onChange={(event) => set({ kpi: event.currentTarget.value, baseline: '', sd: '' })}
        />
        <div className="two-fields">
          <TextInput
            label="Change, in percent"
            description="The smallest worth seeing"
            inputMode="decimal"
            value={fields.lift}
            onChange={(event) => set({ lift: event.currentTarget.value })}
            error={ask ? undefined : 'A number above or below 0'}
          />
          <NativeSelect
            label="Versions compared"
            description="What is live among them"
            data={['2', '3', '4', '5']}
            value={fields.arms}
            onChange={(event) => set({ arms: event.currentTarget.value })}
          />
        </div>
        <TextInput
          label="Prompt"
          description="Its own rollouts tell how things stand; empty looks at all of them"
          placeholder="email/onboarding/welcome"
          value={fields.prompt}
          onChange={(event) => set({ prompt: event.currentTarget.value.trim() })}
        />
        <TextInput
          label={
            kpi?.kind === 'conversion'
              ? 'Happens now to (percent)'
              : `Per person now (${kpi?.unit || 'units'})`
          }
          description={plan.data?.known ? 'Measured; write over it to try another' : 'From your own reports'}
          inputMode="decimal"
          placeholder={measured(plan.data, kpi)}
          value={fields.baseline}
          onChange={(event) => set({ baseline: event.currentTarget.value })}
        />
        {kpi?.kind !== 'conversion' && (
          <TextInput
            label="Differs between people by (standard deviation)"
            inputMode="decimal"
            placeholder={plan.data?.sd ? shownNumber(plan.data.sd) : ''}
            value={fields.sd}
            onChange={(event) => set({ sd: event.currentTarget.value })}
          />
        )}
        <TextInput
          label="People a day"
          description="Everybody who gets this prompt, on a usual day"
          inputMode="numeric"
          placeholder={plan.data?.daily_units ? count(plan.data.daily_units) : 'e.g. 1,500'}
          value={fields.daily}
          onChange={(event) => set({ daily: event.currentTarget.value })}
        />
      </form>
      <section className="stack" aria-label="What it comes to" aria-busy={plan.isFetching}>
        {plan.error ? (
          <ProblemNote error={plan.error} onRetry={() => void plan.refetch()} />
        ) : plan.data ? (
          <Answer plan={plan.data} fields={fields} />
        ) : (
          <div className="tile">
            <Bones rows={6} height={24} />
          </div>
        )}
      </section>
    </div>
  );
}

const measured = (plan: RolloutForecast | undefined, kpi: Kpi | undefined) => {
  if (!plan?.known) return '';
  const { baseline } = plan.known;
  return shownNumber(kpi?.kind === 'conversion' ? baseline * 100 : baseline);
};

function Answer({ plan, fields }: { plan: RolloutForecast; fields: Asked }) {
  const newest = useInfiniteQuery(releasesQuery).data?.pages[0]?.items[0];
  const mayPublish = useMay('publish');
  return (
    <>
      <div className="tile stack">
        <p className="verdict" role="status">
          <Said text={plan.sentence} />
        </p>
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">How it is looked at</th>
              <th scope="col" className="num">
                People in all
              </th>
              <th scope="col" className="num">
                Each version
              </th>
              <th scope="col" className="num">
                Days
              </th>
            </tr>
          </thead>
          <tbody>
            <Row title="At any time, as Variorum does" need={plan.any_time} />
            <Row title="Once, at the end, and never before" need={plan.once} />
            {plan.guard && <Row title="Until a guard notices a fall of the same size" need={plan.guard} />}
          </tbody>
        </table>
        {plan.known && (
          <p className="small quiet">
            {'Rests on '}
            <Link
              to="/live/$number"
              params={{ number: String(plan.known.rollout) }}
            >{`R-${plan.known.rollout}`}</Link>
            {`, ${count(plan.known.units)} people with the old version, until ${date(plan.known.until)}.`}
          </p>
        )}
        {mayPublish && newest && (
          <div>
            <LinkButton
              to="/releases/$number/try"
              params={{ number: String(newest.number) }}
              search={{ goal: fields.kpi, lift: fields.lift, people: plan.any_time.total }}
            >
              Start with this plan
            </LinkButton>
          </div>
        )}
      </div>
      {plan.curve.length > 0 && (
        <div className="tile stack">
          <h2>What is seen by when</h2>
          <SeenChart plan={plan} wanted={Math.abs(Number(fields.lift.replace(',', '.'))) / 100} />
        </div>
      )}
      <details className="tile">
        <summary>Explain this</summary>
        <div className="stack tight">
          <p>
            Chance makes two groups differ even where the texts are equal. The more people take part, the
            smaller is the difference that chance can make, and the smaller a real change that still stands
            out.
          </p>
          <p>
            Variorum may be looked at every hour: its intervals hold at every look, which needs more people
            than a single look at the end. In return it stops early where a change is larger than planned, and
            a guard takes a harmful version back long before the end.
          </p>
          <p>
            The figures stand for an 80 % chance to see the change if it is there, and a 5 % chance to call
            one where there is none. They are an estimate: traffic and habits change.
          </p>
        </div>
      </details>
    </>
  );
}

function Row({ title, need }: { title: string; need: RolloutForecast['once'] }) {
  return (
    <tr>
      <th scope="row">{title}</th>
      <td className="num">{count(need.total)}</td>
      <td className="num">{count(need.per_arm)}</td>
      <td className="num">{need.days == null ? '–' : days(need.days)}</td>
    </tr>
  );
}
