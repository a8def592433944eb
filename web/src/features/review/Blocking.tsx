import { Link } from '@tanstack/react-router';
import { updateDraft } from '@/api/operations';
import type { Blocker, ChangeDetail } from '@/api/types';
import { ActButton } from '@/components/ActButton';
import { Icon, type IconName } from '@/components/Icon';
import { useAct, useMay, useSession } from '@/components/session';
import { toast } from '@/components/toast';
import { plural } from '@/lib/format';
import { workflowName } from '@/lib/impact';
import { blockerWords } from '@/lib/standing';
import { sentenceCase } from '@/lib/words-shown';
import { isWorkflow } from '@/lib/workflow';

const icons: Record<string, IconName> = {
  'needs-approval': 'person',
  'changes-requested': 'edit',
  'unresolved-threads': 'edit',
  conflict: 'warning',
  behind: 'clock',
  'error-in-file': 'warning',
  'broken-contract': 'warning',
  'case-failed': 'warning',
};

/** What still blocks publishing, in plain words, each with what to do next and who could do it. */
export function Blocking({
  change,
  onEdit,
  onReview,
}: {
  change: ChangeDetail;
  onEdit: () => void;
  onReview: () => void;
}) {
  const n = change.blockers.length;
  const me = useSession()?.actor.name;
  if (n === 0) {
    return (
      <section className="banner good" aria-label="What blocks publishing">
        <h2>Nothing blocks publishing</h2>
        <p className="quiet">
          {change.merge_style === 'squash'
            ? 'It reaches the library as one version. It goes live with the next release.'
            : 'It reaches the library with all its versions. It goes live with the next release.'}
        </p>
      </section>
    );
  }
  return (
    <section className="banner" aria-label="What blocks publishing">
      <h2>{`${plural(n, 'thing')} still ${n === 1 ? 'blocks' : 'block'} publishing`}</h2>
      <ul className="blocking">
        {change.blockers.map((blocker) => (
          <li key={`${blocker.code} ${blocker.path} ${blocker.message}`}>
            <span className="blocking-icon">
              <Icon name={icons[blocker.code] ?? 'ring'} />
            </span>
            <span className="grow">
              <span className="wrap-any">{blockerWords(blocker, me).message}</span>
              <span className="small quiet wrap-any">
                {[where(blocker), blockerWords(blocker, me).next].filter(Boolean).join(' ')}
              </span>
            </span>
            <Fix blocker={blocker} change={change} onEdit={onEdit} onReview={onReview} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Where it lies, as people call it. */
function where({ path, line }: Blocker): string {
  if (!path) return '';
  const at = line ? `, line ${line}` : '';
  if (isWorkflow(path))
    return `In the workflow ${sentenceCase(workflowName(path).split('/').at(-1) ?? path)}${at}.`;
  return `In ${path.replace(/^prompts\//, '').replace(/\.prompt$/, '')}${at}.`;
}

/** The shortest way to settle one thing. */
function Fix({
  blocker,
  change,
  onEdit,
  onReview,
}: {
  blocker: Blocker;
  change: ChangeDetail;
  onEdit: () => void;
  onReview: () => void;
}) {
  const me = useSession()?.actor.name ?? '';
  const mayWrite = useMay('write-draft');
  const update = useAct(() => updateDraft(change.draft, {}), {
    onDone: () => toast('The draft has everything now'),
  });
  // What breaks may be a file that the draft does not touch yet; it is mended on the draft as well.
  const id = change.files.find((file) => file.path === blocker.path)?.id ?? blocker.path;
  switch (blocker.code) {
    case 'missing-field':
    case 'refused-subject':
      return mayWrite ? (
        <ActButton variant="default" size="compact-sm" onClick={onEdit}>
          Fill it in
        </ActButton>
      ) : null;
    case 'conflict':
      return mayWrite ? (
        <Link to="/drafts/$name/resolve" params={{ name: change.draft }} className="link small">
          Decide what stands
        </Link>
      ) : null;
    case 'behind':
      return mayWrite ? (
        <ActButton
          variant="default"
          size="compact-sm"
          busy={update.isPending}
          onClick={() => update.mutate(undefined)}
        >
          Update with latest
        </ActButton>
      ) : null;
    case 'needs-approval':
      return blocker.who?.includes(me) ? (
        <ActButton variant="default" size="compact-sm" onClick={onReview}>
          Review it
        </ActButton>
      ) : null;
    case 'error-in-file':
    case 'broken-contract':
    case 'case-failed':
      return id && mayWrite ? (
        <Link to="/prompts/$id/edit" params={{ id }} search={{ draft: change.draft }} className="link small">
          Mend it
        </Link>
      ) : null;
    default:
      return null;
  }
}
