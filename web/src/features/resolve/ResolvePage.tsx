import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { ApiProblem } from '@/api/client';
import { updateDraft } from '@/api/operations';
import { draftQuery, pendingUpdateQuery } from '@/api/queries';
import type { Clash, PendingUpdate } from '@/api/types';
import { ActButton } from '@/components/ActButton';
import { ClashView, ownBegin, type Sides } from '@/components/ClashView';
import { useKeys } from '@/components/keys';
import { LinkButton } from '@/components/LinkButton';
import { Bones, Loaded, ProblemNote } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { useAct } from '@/components/session';
import { toast } from '@/components/toast';
import { type ClashFile, clashFile, type Decision, keysOf, resolutionsOf } from '@/lib/clash';
import type { Choice } from '@/lib/conflicts';
import { ago, personName, plural } from '@/lib/format';
import { draftShown } from '@/lib/standing';
import { draftTitle, sentenceCase } from '@/lib/words-shown';
import { useChoices } from './choices';
import { Result } from './Result';
import './resolve.css';

/** Two people changed the same part: somebody decides what shall stand, part by part. */
export function ResolvePage() {
  const { name } = useParams({ from: '/shell/drafts/$name/resolve' });
  const draft = useQuery(draftQuery(name)).data;
  const title = draft ? draftShown(draft) : sentenceCase(draftTitle(name));
  // While somebody decides, the ground must not move: it is looked at again when they ask for it.
  const pending = useQuery({
    ...pendingUpdateQuery(name),
    queryKey: ['deciding', name],
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  return (
    <Loaded
      query={pending}
      shape={
        <Page title="Decide what stands" trail={[{ title: 'Drafts', to: '/drafts' }, { title }]}>
          <Bones rows={8} />
        </Page>
      }
    >
      {(data) =>
        data.clashes.length === 0 ? (
          <NothingClashes name={name} title={title} pending={data} />
        ) : (
          <Deciding
            key={`${data.head} ${data.latest}`}
            name={name}
            title={title}
            pending={data}
            onAgain={() => void pending.refetch()}
          />
        )
      }
    </Loaded>
  );
}

const trailTo = (name: string, title: string) => [
  { title: 'Drafts', to: '/drafts' as const },
  { title, to: '/drafts/$name' as const, params: { name } as never },
];

function NothingClashes({ name, title, pending }: { name: string; title: string; pending: PendingUpdate }) {
  const navigate = useNavigate();
  const update = useAct(() => updateDraft(name, { head: pending.head, latest: pending.latest }), {
    onDone: () => {
      toast('The draft has everything now');
      void navigate({ to: '/drafts/$name', params: { name } });
    },
  });
  const back = (
    <LinkButton variant="default" to="/drafts/$name" params={{ name }}>
      Back to the draft
    </LinkButton>
  );
  return (
    <Page title="Decide what stands" trail={trailTo(name, title)}>
      {pending.behind === 0 ? (
        <Empty title="Nothing to decide" action={back}>
          The draft has everything its source has. Where two people change the same part, both wordings stand
          here side by side, and you choose.
        </Empty>
      ) : (
        <Empty
          title="Nothing clashes"
          action={
            <>
              {back}
              <ActButton busy={update.isPending} onClick={() => update.mutate(undefined)}>
                Update with latest
              </ActButton>
            </>
          }
        >
          {`There ${pending.behind === 1 ? 'is one newer version' : `are ${pending.behind} newer versions`}, and none touches what this draft changed.`}
        </Empty>
      )}
    </Page>
  );
}

function Deciding({
  name,
  title,
  pending,
  onAgain,
}: {
  name: string;
  title: string;
  pending: PendingUpdate;
  onAgain: () => void;
}) {
  const files = useMemo(() => pending.clashes.map(clashFile), [pending.clashes]);
  const keys = useMemo(() => files.flatMap(keysOf), [files]);
  const [choices, choose] = useChoices(name, keys);
  const [current, setCurrent] = useState<string>();
  const navigate = useNavigate();
  const decided = keys.filter((key) => choices[key] !== undefined).length;
  const resolutions = resolutionsOf(files, choices);
  const source = pending.from === 'main' ? 'The library' : sentenceCase(draftTitle(pending.from));
  const sides: Sides = { ours: 'This draft', theirs: source };
  const save = useAct(
    () => updateDraft(name, { resolutions: resolutions ?? [], head: pending.head, latest: pending.latest }),
    {
      quiet: true,
      onDone: () => {
        toast('Decided and saved', { text: 'Both earlier wordings stay in the history.' });
        void navigate({ to: '/drafts/$name', params: { name } });
      },
    },
  );
  useDecidingKeys({ files, keys, current, setCurrent, choose });
  const moved = save.error instanceof ApiProblem && save.error.status === 409;
  return (
    <Page
      title="Decide what stands"
      intent={`Two people changed the same part of ${files.length === 1 ? 'a file' : plural(files.length, 'file')}. Choose for each part; nothing is chosen for you, and nothing is lost.`}
      trail={trailTo(name, title)}
      actions={
        <ActButton disabled={!resolutions} busy={save.isPending} onClick={() => save.mutate(undefined)}>
          Save what I decided
        </ActButton>
      }
    >
      <Progress decided={decided} of={keys.length} />
      {moved && (
        <div className="banner owed between" role="alert">
          <div className="grow">
            <h2>Somebody saved while you decided</h2>
            <p className="quiet">
              Nothing was changed. What you decided is kept where the wordings are the same.
            </p>
          </div>
          <ActButton variant="default" onClick={onAgain}>
            Look again
          </ActButton>
        </div>
      )}
      {save.error !== null && !moved && <ProblemNote error={save.error} />}
      {files.map((file, index) => (
        <section key={file.path} className="clash-file" aria-labelledby={`clash-${index}`}>
          <header>
            <h2 id={`clash-${index}`} className="clash-title wrap-any">
              {file.path.replace(/^prompts\//, '').replace(/\.prompt$/, '')}
            </h2>
            <Who clash={pending.clashes[index]} sides={sides} />
          </header>
          <div className="clash-grid">
            <div className="stack">
              <ClashView
                file={file}
                sides={sides}
                choices={choices}
                onChoose={(key, choice) => {
                  setCurrent(key);
                  choose(key, choice);
                }}
                current={current}
                first={1}
              />
            </div>
            <Result file={file} choices={choices} draft={name} />
          </div>
        </section>
      ))}
    </Page>
  );
}

/** Who stands behind each wording. */
function Who({ clash, sides }: { clash?: Clash; sides: Sides }) {
  if (!clash) return null;
  const of = (side: Clash['ours'], where: string) =>
    side.by
      ? `${where}: ${personName(side.by)}, ${ago(side.at ?? '')}${side.subject ? `, “${side.subject}”` : ''}`
      : '';
  const lines = [of(clash.ours, sides.ours), of(clash.theirs, sides.theirs)].filter(Boolean);
  return (
    <p className="small quiet">
      {lines.map((line) => (
        <span key={line} className="clash-who">
          {line}
        </span>
      ))}
    </p>
  );
}

function Progress({ decided, of }: { decided: number; of: number }) {
  return (
    <div className="deciding-progress">
      <progress value={decided} max={of} aria-label="Parts decided" />
      <span className="small" role="status">
        {decided === of ? 'Everything is decided.' : `${decided} of ${of} decided`}
      </span>
      <span className="small quiet deciding-keys">
        <kbd>J</kbd> next part, <kbd>K</kbd> the one before, <kbd>1</kbd> to <kbd>4</kbd> choose
      </span>
    </div>
  );
}

/** Keys: `j` and `k` go from part to part, `1` to `4` choose. */
function useDecidingKeys({
  files,
  keys,
  current,
  setCurrent,
  choose,
}: {
  files: ClashFile[];
  keys: string[];
  current?: string;
  setCurrent: (key: string) => void;
  choose: (key: string, choice: Choice) => void;
}) {
  const move = (by: number) => {
    const at = current === undefined ? -1 : keys.indexOf(current);
    const next = keys[Math.min(keys.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    if (next !== undefined) setCurrent(next);
  };
  const decisions = new Map<string, Decision>(
    files.flatMap((file) =>
      'parts' in file
        ? file.parts.flatMap((part) =>
            part.kind === 'decision' ? [[part.decision.key, part.decision] as const] : [],
          )
        : [],
    ),
  );
  const pick = (choice: 'ours' | 'theirs' | 'both' | 'own') => {
    if (current === undefined) return;
    const decision = decisions.get(current);
    if (choice === 'both' && (!decision || decision.field)) return;
    if (choice !== 'own') choose(current, choice);
    else if (decision) choose(current, { edited: ownBegin(decision) });
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    '1': () => pick('ours'),
    '2': () => pick('theirs'),
    '3': () => pick('both'),
    '4': () => pick('own'),
  });
}
