import { Button, MultiSelect, NativeSelect, Select, Textarea, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { startRollout } from '@/api/operations';
import { environmentsQuery, releaseQuery, releasesQuery } from '@/api/queries';
import type { Environment, Guard, Kpi, ReleaseDetail } from '@/api/types';
import { Icon } from '@/components/Icon';
import { Bones, Loaded } from '@/components/Loaded';
import { Page } from '@/components/Page';
import { useAct, useLibrary } from '@/components/session';
import { GuardFields } from './GuardFields';
import { mayBeWatched, plannedChange, stagePlans, stillMissing } from './plan';
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
  const [title, setTitle] = useState(release.note.split('\n')[0] ?? '');
  const [environment, setEnvironment] = useState(environments[0]?.name ?? '');
  const [prompt, setPrompt] = useState<string | null>(prompts[0] ?? null);
  const [plan, setPlan] = useState<string>('steady');
  const planned = useSearch({ from: '/shell/releases/$number/try' });
  const [goal, setGoal] = useState<string | null>(planned.goal ?? null);
  const [hypothesis, setHypothesis] = useState(
    planned.goal && planned.lift ? `${titleOf(planned.goal, kpis)} ${plannedChange(planned.lift)}` : '',
  );
  const [guards, setGuards] = useState<Guard[]>(
    planned.goal ? [{ kpi: planned.goal, margin: 0, action: 'roll-back' }] : [],
  );
  const [further, setFurther] = useState<string[]>([]);
  const others = useInfiniteQuery(releasesQuery).data?.pages.flatMap((page) => page.items) ?? [];
  const navigate = useNavigate();
  const target = environments.find((one) => one.name === environment);
  const stages = stagePlans.find((one) => one.value === plan)?.stages ?? [];
  const checks = stillMissing({
    title,
    goal,
    guards,
    liveRelease: target?.release,
    release: release.number,
    running: target?.rollout != null,
  });
  const ready = checks.every((check) => check.done);
  const start = useAct(startRollout, {
    onDone: (rollout) => void navigate({ to: '/live/$number', params: { number: String(rollout.number) } }),
  });
  const pickGoal = (id: string | null) => {
    setGoal(id);
    if (id && guards.length === 0) setGuards([{ kpi: id, margin: 0, action: 'roll-back' }]);
  };

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
      <form
        className="split-side"
        onSubmit={(event) => {
          event.preventDefault();
          start.mutate({
            environment,
            title: title.trim(),
            release: release.number,
            prompt,
            stages: [...stages],
            goal,
            hypothesis: hypothesis.trim(),
            guards,
            planned_units: planned.people,
            further: further.map((number) => ({ release: Number(number), name: '' })),
          });
        }}
      >
        <div className="stack">
          <div className="tile stack">
            <TextInput
              label="Title"
              required
              value={title}
              onChange={(event) => setTitle(event.currentTarget.value)}
            />
            <div className="two-fields">
              <NativeSelect
                label="Where"
                data={environments.map((one) => one.name)}
                value={environment}
                onChange={(event) => setEnvironment(event.currentTarget.value)}
              />
              {prompts.length > 1 && (
                <Select
                  label="About which prompt"
                  data={prompts}
                  value={prompt}
                  onChange={setPrompt}
                  searchable
                />
              )}
            </div>
            <NativeSelect
              label="Steps"
              data={stagePlans.map(({ value, label }) => ({ value, label }))}
              value={plan}
              onChange={(event) => setPlan(event.currentTarget.value)}
              description={
                further.length === 0
                  ? 'Of the people in a step, half get the new version. A person never changes sides.'
                  : `Of the people in a step, each of the ${further.length + 2} versions gets an equal part. A person never changes sides.`
              }
            />
            <MultiSelect
              label="Compare with further releases"
              description="Each gets a part of the people of its own; one that does harm is stopped while the others go on."
              placeholder={further.length === 0 ? 'None' : undefined}
              data={others
                .filter((one) => one.number !== release.number && one.number !== target?.release)
                .map((one) => ({
                  value: String(one.number),
                  label: `Release ${one.number}${one.note ? `: ${one.note.split('\n')[0]}` : ''}`,
                }))}
              value={further}
              onChange={setFurther}
              maxValues={8}
              searchable
            />
          </div>
          <div className="tile stack">
            <h2>What do you expect?</h2>
            <Select
              label="Goal"
              placeholder="Which number should get better?"
              data={kpis.map((kpi) => ({ value: kpi.id, label: kpi.title }))}
              value={goal}
              onChange={pickGoal}
              clearable
            />
            <Textarea
              label="Expected effect"
              placeholder="First orders +4 %, because one next step is easier to follow"
              value={hypothesis}
              onChange={(event) => setHypothesis(event.currentTarget.value)}
              autosize
              minRows={1}
            />
          </div>
          <GuardFields kpis={guarded} guards={guards} onChange={setGuards} />
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
          <Button type="submit" disabled={!ready} loading={start.isPending}>
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

const titleOf = (id: string, kpis: Kpi[]) => kpis.find((kpi) => kpi.id === id)?.title ?? id;
