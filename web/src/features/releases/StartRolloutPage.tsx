import { Button, NativeSelect, Select, Textarea, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import { startRollout } from '@/api/operations';
import { environmentsQuery, releaseQuery, releasesQuery } from '@/api/queries';
import type { Environment, Kpi, ReleaseDetail } from '@/api/types';
import { Icon } from '@/components/Icon';
import { Bones, Loaded, ProblemNote } from '@/components/Loaded';
import { Page } from '@/components/Page';
import { useAct, useLibrary } from '@/components/session';
import { ArmsFields } from './ArmsFields';
import { GuardFields } from './GuardFields';
import { MeasureFields } from './MeasureFields';
import { mayBeWatched, plannedChange, stillMissing } from './plan';
import { StartSummary } from './StartSummary';
import { commandOf, type Draft, faultsOf } from './start';
import { useFaults } from './useFaults';
import { WhenFields } from './WhenFields';
import { WhoFields } from './WhoFields';
import { WindowsFields } from './WindowsFields';
import './releases.css';

/** Trying a release on part of the audience, under guards. */
export function StartRolloutPage() {
  const { number } = useParams({ from: '/shell/releases/$number/try' });
  const release = useQuery(releaseQuery(Number(number)));
  const environments = useQuery(environmentsQuery);
  return (
    <Loaded
      query={release}
      shape={
        <Page title="Try it step by step">
          <Bones rows={6} />
        </Page>
      }
    >
      {(data) => (
        <Loaded query={environments}>{(list) => <Form release={data} environments={list} />}</Loaded>
      )}
    </Loaded>
  );
}

function Form({ release, environments }: { release: ReleaseDetail; environments: Environment[] }) {
  const library = useLibrary();
  const kpis = library?.kpis.filter(mayBeWatched) ?? [];
  // What a guard may watch, beside what the library defines.
  const guarded = [...kpis, ...(library?.model_kpis ?? [])];
  const prompts = release.changes.map((change) => change.prompt);
  const planned = useSearch({ from: '/shell/releases/$number/try' });
  const [draft, setDraft] = useState<Draft>(() => ({
    ...blank,
    title: release.note.split('\n')[0] ?? '',
    environment: environments[0]?.name ?? '',
    prompt: prompts[0] ?? null,
    arms: [{ key: 1, release: String(release.number), name: '', share: '' }],
    goal: planned.goal ?? null,
    hypothesis:
      planned.goal && planned.lift ? `${titleOf(planned.goal, kpis)} ${plannedChange(planned.lift)}` : '',
    guards: planned.goal ? [{ kpi: planned.goal, margin: 0, action: 'roll-back' }] : [],
  }));
  const [lift, setLift] = useState(planned.lift ?? '5');
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const releases = useInfiniteQuery(releasesQuery).data?.pages.flatMap((page) => page.items) ?? [];
  const form = useRef<HTMLFormElement>(null);
  const navigate = useNavigate();
  const target = environments.find((one) => one.name === draft.environment);
  const faults = faultsOf(draft, target?.release);
  const { of: fault, showAll, tried } = useFaults(faults);
  const checks = stillMissing({
    title: draft.title,
    goal: draft.goal,
    guards: draft.guards,
    liveRelease: target?.release,
    release: release.number,
    running: target?.rollout != null && (!draft.inLayer || draft.windows),
    shadow: draft.shadow,
  });
  const wrong = Object.keys(faults).length;
  const start = useAct(startRollout, {
    quiet: true,
    onDone: (rollout) => void navigate({ to: '/live/$number', params: { number: String(rollout.number) } }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (wrong > 0) {
      showAll();
      // The fields say so with the next drawing.
      requestAnimationFrame(() =>
        form.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-error] input')?.focus(),
      );
      return;
    }
    start.mutate(commandOf(draft, planned.people));
  };
  const pickGoal = (goal: string | null) =>
    set(
      goal && draft.guards.length === 0
        ? { goal, guards: [{ kpi: goal, margin: 0, action: 'roll-back' }] }
        : { goal },
    );

  return (
    <Page
      title="Try it step by step"
      intent={`Release ${release.number} is shown to part of the audience, beside what is live now. Guards watch the numbers and take it back by themselves.`}
      trail={[
        { title: 'Releases', to: '/releases' },
        {
          title: `Release ${release.number}`,
          to: '/releases/$number',
          params: { number: String(release.number) } as never,
        },
        { title: 'Try it' },
      ]}
    >
      <form className="split-side" ref={form} onSubmit={submit} noValidate>
        <div className="stack">
          <div className="tile stack">
            <TextInput
              label="Title"
              required
              value={draft.title}
              onChange={(event) => set({ title: event.currentTarget.value })}
              {...fault('title')}
            />
            <div className="two-fields">
              <NativeSelect
                label="Where"
                data={environments.map((one) => one.name)}
                value={draft.environment}
                onChange={(event) => set({ environment: event.currentTarget.value })}
              />
              {prompts.length > 1 && (
                <Select
                  label="About which prompt"
                  data={prompts}
                  value={draft.prompt}
                  onChange={(prompt) => set({ prompt })}
                  searchable
                />
              )}
            </div>
            <NativeSelect
              label="Who gets the new version"
              data={[
                { value: 'split', label: 'Part of the people, step by step' },
                { value: 'windows', label: 'Everybody for some hours, then nobody: a switchback' },
                { value: 'shadow', label: 'Nobody yet: it runs in the shadow, differences are counted' },
              ]}
              value={draft.shadow ? 'shadow' : draft.windows ? 'windows' : 'split'}
              onChange={({ currentTarget: { value } }) =>
                set({ shadow: value === 'shadow', windows: value === 'windows' })
              }
            />
          </div>
          {!draft.shadow && !draft.windows && (
            <ArmsFields
              arms={draft.arms}
              onChange={(arms) => set({ arms })}
              live={target?.release}
              releases={releases}
              fault={fault}
            />
          )}
          {draft.windows ? (
            <WindowsFields draft={draft} onChange={set} fault={fault} />
          ) : (
            <WhenFields draft={draft} onChange={set} fault={fault} />
          )}
          <WhoFields draft={draft} onChange={set} fault={fault} />
          {!draft.shadow && (
            <>
              <div className="tile stack">
                <h2>What do you expect?</h2>
                <div className="two-fields">
                  <Select
                    label="Goal"
                    placeholder="Which number should get better?"
                    data={kpis.map((kpi) => ({ value: kpi.id, label: kpi.title }))}
                    value={draft.goal}
                    onChange={pickGoal}
                    clearable
                  />
                  <TextInput
                    label="Smallest change worth seeing (percent)"
                    inputMode="decimal"
                    value={lift}
                    onChange={(event) => setLift(event.currentTarget.value)}
                  />
                </div>
                <Textarea
                  label="Expected effect"
                  placeholder="First orders +4 %, because one next step is easier to follow"
                  value={draft.hypothesis}
                  onChange={(event) => set({ hypothesis: event.currentTarget.value })}
                  autosize
                  minRows={1}
                />
              </div>
              <GuardFields kpis={guarded} guards={draft.guards} onChange={(guards) => set({ guards })} />
              <MeasureFields draft={draft} kpis={guarded} onChange={set} fault={fault} />
            </>
          )}
          <section className="tile stack" aria-labelledby="comes">
            <h2 id="comes">What will happen</h2>
            <StartSummary
              draft={draft}
              live={target?.release}
              kpis={kpis}
              lift={Number(lift.replace(',', '.').replace('−', '-')) / 100 || undefined}
            />
          </section>
        </div>
        <aside className="tile stack" aria-label="Check list">
          <h2>Before it starts</h2>
          <ul className="checks">
            {checks.map((check) => (
              <li key={check.what} className={check.done ? 'done' : ''}>
                <Icon name={check.done ? 'check' : 'ring'} />
                <span>{check.what}</span>
                <span className="visually-hidden">{check.done ? ', done' : ', still open'}</span>
              </li>
            ))}
          </ul>
          {tried && wrong > 0 && (
            <p className="small fault" role="status">
              {wrong === 1 ? 'One field is not right yet.' : `${wrong} fields are not right yet.`}
            </p>
          )}
          {start.error != null && <ProblemNote error={start.error} />}
          <Button
            type="submit"
            disabled={checks.some((check) => !check.done && check.what !== 'It has a title')}
            loading={start.isPending}
          >
            Start the rollout
          </Button>
          <p className="small quiet">
            You can roll back at any time with one click. Release {target?.release ?? '–'} stays live for
            everybody else.
          </p>
        </aside>
      </form>
    </Page>
  );
}

const blank: Draft = {
  title: '',
  shadow: false,
  windows: false,
  windowSeconds: '14400',
  burnIn: '30',
  pairs: '40',
  environment: '',
  prompt: null,
  goal: null,
  hypothesis: '',
  guards: [],
  preDays: '',
  noWorse: {},
  arms: [],
  steps: 'steady',
  ownSteps: '',
  conditions: [],
  inLayer: false,
  layerName: '',
  layerShare: '50',
  later: false,
  startsAt: '',
  waits: [],
};

const titleOf = (id: string, kpis: Kpi[]) => kpis.find((kpi) => kpi.id === id)?.title ?? id;
