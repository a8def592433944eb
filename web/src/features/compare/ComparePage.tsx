import { Button, SegmentedControl, Select } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { saveVersion } from '@/api/operations';
import { compareQuery, promptQuery, versionsQuery } from '@/api/queries';
import type { Comparison, FieldChange, Prompt, Version } from '@/api/types';
import { Bones, Loaded } from '@/components/Loaded';
import { Page } from '@/components/Page';
import { ReasonDialog } from '@/components/ReasonDialog';
import { RecordRead } from '@/components/RecordFields';
import { useAct, useMay } from '@/components/session';
import { toast } from '@/components/toast';
import { WordDiff } from '@/components/WordDiff';
import { ago, personName, plainValue } from '@/lib/format';
import { sentenceCase } from '@/lib/words-shown';
import './compare.css';
import { Said } from '@/components/Said';

const MergeView = lazy(() => import('@/components/code/MergeView'));

/** Two versions of a prompt: what changed, word by word, and why. */
export function ComparePage() {
  const { id } = useParams({ from: '/shell/prompts/$id/compare' });
  const search = useSearch({ from: '/shell/prompts/$id/compare' });
  const prompt = useQuery(promptQuery(id));
  const versions = useInfiniteQuery(versionsQuery(id));
  const list = versions.data?.pages.flatMap((page) => page.items) ?? [];
  const newest = prompt.data?.version ?? 0;
  const to = search.to ?? newest;
  const from = search.from ?? Math.max(1, to - 1);
  const comparison = useQuery(compareQuery(id, from, to));
  const navigate = useNavigate();
  const choose = (next: { from?: number; to?: number }) =>
    void navigate({
      to: '/prompts/$id/compare',
      params: { id },
      search: { from, to, ...next },
      replace: true,
    });

  return (
    <Page
      title={`Version ${from} and Version ${to}`}
      intent={prompt.data ? `What changed in ${prompt.data.title}.` : 'What changed.'}
      trail={[
        { title: 'Library', to: '/library', search: {} },
        { title: prompt.data?.title ?? id, to: '/prompts/$id', params: { id } as never, search: {} },
        { title: 'Compare' },
      ]}
      actions={
        <>
          <VersionPick
            label="Older version"
            value={from}
            list={list}
            onPick={(version) => choose({ from: version })}
          />
          <VersionPick
            label="Newer version"
            value={to}
            list={list}
            onPick={(version) => choose({ to: version })}
          />
          {prompt.data && from < newest && comparison.data && (
            <UseAgain prompt={prompt.data} comparison={comparison.data} />
          )}
        </>
      }
    >
      <Loaded
        query={comparison}
        shape={
          <div className="tile">
            <Bones rows={8} />
          </div>
        }
      >
        {(data) => <Compared comparison={data} />}
      </Loaded>
    </Page>
  );
}

function VersionPick({
  label,
  value,
  list,
  onPick,
}: {
  label: string;
  value: number;
  list: Version[];
  onPick: (version: number) => void;
}) {
  const options = list.map((version) => ({
    value: String(version.version),
    label: `Version ${version.version}`,
  }));
  if (!options.some((option) => option.value === String(value)))
    options.push({ value: String(value), label: `Version ${value}` });
  return (
    <Select
      aria-label={label}
      data={options}
      value={String(value)}
      onChange={(picked) => picked && onPick(Number(picked))}
      allowDeselect={false}
      w={138}
    />
  );
}

function Compared({ comparison }: { comparison: Comparison }) {
  const [view, setView] = useState('text');
  const { from, to } = comparison;
  return (
    <div className="stack loose">
      <div className="compare-heads">
        <Head version={from} />
        <Head version={to} />
      </div>
      {comparison.fields.length > 0 && <Fields fields={comparison.fields} />}
      <SegmentedControl
        className="compare-switch"
        aria-label="How to show the text"
        value={view}
        onChange={setView}
        data={[
          { value: 'text', label: 'Text' },
          { value: 'source', label: 'Source' },
          { value: 'sides', label: 'Source, side by side' },
        ]}
      />
      {view !== 'sides' ? (
        <div className="tile compare-text">
          <WordDiff words={comparison.words} as={view === 'text' ? 'text' : 'source'} />
        </div>
      ) : (
        <Suspense fallback={<Bones rows={8} />}>
          <MergeView
            before={comparison.from_source}
            after={comparison.to_source}
            labels={[`Version ${from.version}`, `Version ${to.version}`]}
          />
        </Suspense>
      )}
    </div>
  );
}

function Head({ version }: { version: Version }) {
  return (
    <section className="tile stack tight">
      <div className="between">
        <strong>{`Version ${version.version}`}</strong>
        <span className="small quiet">{`${personName(version.author)}, ${ago(version.at)}`}</span>
      </div>
      <p className="verdict">{version.subject}</p>
      <RecordRead record={version.record} />
      {version.outcome && (
        <p className="small">
          <Link to="/live/$number" params={{ number: String(version.outcome.rollout) }} className="link">
            <Said text={version.outcome.sentence} />
          </Link>
        </p>
      )}
    </section>
  );
}

function Fields({ fields }: { fields: FieldChange[] }) {
  return (
    <section className="tile flush scroll-x" aria-label="Settings that differ">
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">Setting</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field.field}>
              <td title={field.field}>{sentenceCase(field.field.replace(/^variorum\./, ''))}</td>
              <td>
                {field.before == null ? (
                  <span className="quiet">not set</span>
                ) : (
                  <del>{plainValue(field.before)}</del>
                )}
              </td>
              <td>
                {field.after == null ? (
                  <span className="quiet">not set</span>
                ) : (
                  <ins>{plainValue(field.after)}</ins>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Saves the old text as a new version; the versions between stay in the history. */
function UseAgain({ prompt, comparison }: { prompt: Prompt; comparison: Comparison }) {
  const [asking, setAsking] = useState(false);
  const mayPublish = useMay('publish');
  const navigate = useNavigate();
  const old = comparison.from.version;
  const save = useAct(saveVersion, {
    onDone: () => {
      setAsking(false);
      toast(`Version ${old} is the newest text again`, { text: 'It goes live with the next release.' });
      void navigate({ to: '/prompts/$id', params: { id: prompt.id }, search: {} });
    },
  });
  if (!mayPublish) return null;
  return (
    <>
      <Button onClick={() => setAsking(true)}>{`Use Version ${old} again`}</Button>
      <ReasonDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Use Version ${old} again?`}
        act="Save as a new version"
        busy={save.isPending}
        onConfirm={(reason) =>
          save.mutate({
            base: prompt.base,
            subject: `Use version ${old} again`,
            body: reason,
            record: { ...(reason ? { problem: reason.split('\n')[0] } : {}) },
            files: [{ path: prompt.path, content: comparison.from_source }],
          })
        }
      >
        {`The text of Version ${old} is saved as Version ${prompt.version + 1}. Nothing is lost, and nothing goes live by this alone.`}
      </ReasonDialog>
    </>
  );
}
