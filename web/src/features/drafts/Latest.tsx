import { useQuery } from '@tanstack/react-query';
import { updateDraft } from '@/api/operations';
import { pendingUpdateQuery } from '@/api/queries';
import type { DraftDetail } from '@/api/types';
import { ActButton } from '@/components/ActButton';
import { LinkButton } from '@/components/LinkButton';
import { useAct, useMay } from '@/components/session';
import { toast } from '@/components/toast';
import { plural } from '@/lib/format';
import { draftTitle, sentenceCase } from '@/lib/words-shown';

/** Where the source of a draft has moved on: bringing that in, or settling first what clashes. */
export function Latest({ draft }: { draft: DraftDetail }) {
  const mayWrite = useMay('write-draft');
  const pending = useQuery(pendingUpdateQuery(draft.name)).data;
  const update = useAct(() => updateDraft(draft.name, { head: pending?.head, latest: pending?.latest }), {
    onDone: () => toast('The draft has everything now', { text: 'Nothing you wrote was touched.' }),
  });
  if (!pending || pending.behind === 0) return null;
  const source =
    pending.from === 'main' ? 'The library' : `The draft ${sentenceCase(draftTitle(pending.from))}`;
  const clashes = pending.clashes.length;
  return (
    <section className={`banner between ${clashes > 0 ? 'owed' : ''}`} aria-label="Latest">
      <div className="grow">
        <h2>
          {clashes > 0
            ? `Two people changed the same part of ${clashes === 1 ? 'a file' : plural(clashes, 'file')}`
            : `${source} has moved on by ${plural(pending.behind, 'version')}`}
        </h2>
        <p className="quiet">
          {clashes > 0
            ? `${source} has got another wording since. You decide what shall stand; nothing is chosen for you.`
            : 'None of it touches what you changed, so it can be brought in as it is.'}
        </p>
      </div>
      {mayWrite &&
        (clashes > 0 ? (
          <LinkButton variant="default" to="/drafts/$name/resolve" params={{ name: draft.name }}>
            Decide what stands
          </LinkButton>
        ) : (
          <ActButton variant="default" busy={update.isPending} onClick={() => update.mutate(undefined)}>
            Update with latest
          </ActButton>
        ))}
    </section>
  );
}
