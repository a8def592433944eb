import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { createDraft, deleteDraft } from '@/api/operations';
import { commitsQuery, draftQuery } from '@/api/queries';
import type { DraftDetail } from '@/api/types';
import { Icon } from '@/components/Icon';
import { LinkButton } from '@/components/LinkButton';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { Pill } from '@/components/Pill';
import { useAct, useMay } from '@/components/session';
import { TechnicalDetails } from '@/components/TechnicalDetails';
import { toast } from '@/components/toast';
import { ago, personName, plural } from '@/lib/format';
import { draftKindWords, draftTitle, sentenceCase } from '@/lib/words-shown';
import { PublishDialog } from './PublishDialog';

const idOf = (path: string) => path.replace(/^prompts\//, '').replace(/\.prompt$/, '');
const changeWords: Record<string, string> = { added: 'new', changed: 'changed', deleted: 'removed' };

/** One draft: what it changes, and taking it into the library. */
export function DraftPage() {
  const { name } = useParams({ from: '/shell/drafts/$name' });
  const draft = useQuery(draftQuery(name));
  return (
    <Loaded
      query={draft}
      shape={
        <Page title={sentenceCase(draftTitle(name))}>
          <Bones rows={5} />
        </Page>
      }
    >
      {(data) => <Read draft={data} />}
    </Loaded>
  );
}

function Read({ draft }: { draft: DraftDetail }) {
  const [publishing, setPublishing] = useState(false);
  const mayPublish = useMay('publish');
  const mayWrite = useMay('write-draft');
  return (
    <Page
      title={sentenceCase(draftTitle(draft.name))}
      intent={`Saved ${ago(draft.updated_at)}. ${draft.changes.length === 0 ? 'It changes nothing yet.' : `It changes ${plural(draft.changes.length, 'file')}.`}`}
      trail={[{ title: 'Drafts', to: '/drafts' }, { title: draftKindWords[draft.kind] ?? draft.kind }]}
      actions={
        <>
          {mayWrite && <Delete draft={draft} />}
          {mayWrite && (
            <LinkButton variant="default" to="/new" search={{ draft: draft.name }}>
              New prompt here
            </LinkButton>
          )}
          {mayPublish && (
            <Button disabled={draft.ahead === 0} onClick={() => setPublishing(true)}>
              Publish to library
            </Button>
          )}
        </>
      }
      pills={
        <>
          <Pill
            tone={draft.ahead > 0 ? 'blue' : 'plain'}
            icon="edit"
          >{`${plural(draft.ahead, 'version')} to publish`}</Pill>
          {draft.behind > 0 && (
            <Pill tone="amber" icon="clock">{`library moved on by ${plural(draft.behind, 'version')}`}</Pill>
          )}
          <TechnicalDetails
            rows={[
              ['Name', draft.name],
              ['Version id (commit)', draft.commit],
            ]}
          />
        </>
      }
    >
      <div className="split-side">
        <Changes draft={draft} mayWrite={mayWrite} />
        <Saved draft={draft} />
      </div>
      <PublishDialog opened={publishing} onClose={() => setPublishing(false)} draft={draft} />
    </Page>
  );
}

function Changes({ draft, mayWrite }: { draft: DraftDetail; mayWrite: boolean }) {
  if (draft.changes.length === 0) {
    return (
      <Empty
        title="Nothing changed yet"
        action={
          <LinkButton variant="default" to="/library">
            Choose a prompt
          </LinkButton>
        }
      >
        Open a prompt in the library, edit it, and save it on this draft. What it changes is listed here.
      </Empty>
    );
  }
  return (
    <ul className="tile flush list" aria-label="Changed files">
      {draft.changes.map((change) => {
        const isPrompt =
          change.path.startsWith('prompts/') && change.path.endsWith('.prompt') && change.kind !== 'deleted';
        return (
          <li key={change.path} className="list-row">
            <span className="grow wrap-any">
              {isPrompt ? (
                <Link
                  to="/prompts/$id"
                  params={{ id: idOf(change.path) }}
                  search={{ draft: draft.name }}
                  className="link"
                >
                  {idOf(change.path)}
                </Link>
              ) : (
                change.path
              )}
            </span>
            <Pill
              tone={change.kind === 'deleted' ? 'red' : change.kind === 'added' ? 'green' : 'blue'}
              icon={change.kind === 'deleted' ? 'cross' : change.kind === 'added' ? 'plus' : 'edit'}
            >
              {changeWords[change.kind] ?? change.kind}
            </Pill>
            {isPrompt && mayWrite && (
              <LinkButton
                size="compact-sm"
                variant="default"
                to="/prompts/$id/edit"
                params={{ id: idOf(change.path) }}
                search={{ draft: draft.name }}
              >
                Edit
              </LinkButton>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Saved({ draft }: { draft: DraftDetail }) {
  const commits = useQuery({
    ...commitsQuery(draft.name, Math.max(1, Math.min(20, draft.ahead))),
    enabled: draft.ahead > 0,
  });
  return (
    <aside className="tile" aria-labelledby="saved-here">
      <h2 id="saved-here">Saved on this draft</h2>
      {draft.ahead === 0 && <p className="small quiet">No version yet.</p>}
      <ul className="stack tight">
        {commits.data?.items.map((commit) => (
          <li key={commit.commit} className="small">
            <span style={{ display: 'block' }}>{commit.subject}</span>
            <span className="quiet">{`${personName(commit.author)}, ${ago(commit.at)}`}</span>
          </li>
        ))}
      </ul>
    </aside>
  );
}

function Delete({ draft }: { draft: DraftDetail }) {
  const navigate = useNavigate();
  const again = useAct(createDraft);
  const remove = useAct(deleteDraft, {
    onDone: () => {
      void navigate({ to: '/drafts' });
      // The versions stay in the history, so the draft can be made anew at the same one.
      toast(`Draft ${draftTitle(draft.name)} is deleted`, {
        undo: () => again.mutate({ name: draft.name, from: draft.commit }),
      });
    },
  });
  return (
    <Button
      variant="danger-quiet"
      loading={remove.isPending}
      leftSection={<Icon name="cross" size={14} />}
      onClick={() => remove.mutate(draft.name)}
    >
      Delete
    </Button>
  );
}
