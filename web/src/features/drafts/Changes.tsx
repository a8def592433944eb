import { Link } from '@tanstack/react-router';
import type { DraftDetail } from '@/api/types';
import { LinkButton } from '@/components/LinkButton';
import { Empty } from '@/components/Page';
import { Pill } from '@/components/Pill';
import { useMay } from '@/components/session';
import { workflowName } from '@/lib/impact';
import { isWorkflow } from '@/lib/workflow';

export const idOf = (path: string) => path.replace(/^prompts\//, '').replace(/\.prompt$/, '');
const changeWords: Record<string, string> = { added: 'new', changed: 'changed', deleted: 'removed' };

/** The files a draft changes. */
export function Changes({ draft }: { draft: DraftDetail }) {
  const mayWrite = useMay('write-draft') && draft.status === 'open';
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
        const gone = change.kind === 'deleted';
        const isPrompt = change.path.startsWith('prompts/') && change.path.endsWith('.prompt') && !gone;
        const flows = isWorkflow(change.path) && !gone;
        const open = draft.status === 'open';
        return (
          <li key={change.path} className="list-row">
            <span className="grow wrap-any">
              {flows && open ? (
                <Link
                  to="/workflows/$id"
                  params={{ id: workflowName(change.path) }}
                  search={{ draft: draft.name }}
                  className="link"
                >
                  {idOf(change.path)}
                </Link>
              ) : isPrompt && open ? (
                <Link
                  to="/prompts/$id"
                  params={{ id: idOf(change.path) }}
                  search={{ draft: draft.name }}
                  className="link"
                >
                  {idOf(change.path)}
                </Link>
              ) : (
                idOf(change.path)
              )}
            </span>
            <Pill
              tone={change.kind === 'deleted' ? 'red' : change.kind === 'added' ? 'green' : 'blue'}
              icon={change.kind === 'deleted' ? 'cross' : change.kind === 'added' ? 'plus' : 'edit'}
            >
              {changeWords[change.kind] ?? change.kind}
            </Pill>
            {(isPrompt || flows) && mayWrite && (
              <LinkButton
                size="compact-sm"
                variant="default"
                to="/prompts/$id/edit"
                params={{ id: idOf(change.path) }}
                search={{ draft: draft.name }}
                aria-label={`Edit ${idOf(change.path)}`}
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
