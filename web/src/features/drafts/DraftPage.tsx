import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { reopenDraft } from '@/api/operations';
import { commitsQuery, draftQuery, standingQuery } from '@/api/queries';
import type { ChangeStanding, DraftDetail } from '@/api/types';
import { ActButton } from '@/components/ActButton';
import { DistancePills, EndPill, KindPill } from '@/components/DraftFacts';
import { Bones, Loaded } from '@/components/Loaded';
import { Page } from '@/components/Page';
import { RecordRead } from '@/components/RecordFields';
import { SignedPill } from '@/components/SignedPill';
import { useAct, useMay } from '@/components/session';
import { TechnicalDetails } from '@/components/TechnicalDetails';
import { toast } from '@/components/toast';
import { ago, personName, plural } from '@/lib/format';
import { draftShown } from '@/lib/standing';
import { draftKindWords, draftTitle, sentenceCase } from '@/lib/words-shown';
import { restWords } from './Board';
import { Changes } from './Changes';
import { DraftActs } from './DraftActs';
import { Latest } from './Latest';
import { UnderReview } from './UnderReview';
import './drafts.css';

/** One draft: what it changes, how it stands, and the way into the library. */
export function DraftPage() {
  const { name } = useParams({ from: '/shell/drafts/$name' });
  const draft = useQuery(draftQuery(name));
  const standing = useQuery(standingQuery).data?.find((change) => change.draft === name);
  return (
    <Loaded
      query={draft}
      shape={
        <Page title={sentenceCase(draftTitle(name))} trail={[{ title: 'Drafts', to: '/drafts' }]}>
          <Bones rows={5} />
        </Page>
      }
    >
      {(data) => <Read draft={data} change={standing} />}
    </Loaded>
  );
}

function Read({ draft, change }: { draft: DraftDetail; change?: ChangeStanding }) {
  const open = draft.status === 'open';
  return (
    <Page
      title={draftShown(draft)}
      intent={intentOf(draft)}
      trail={[
        { title: 'Drafts', to: '/drafts' },
        {
          title: draftKindWords[draft.kind] ?? draft.kind,
          to: '/drafts',
          search: { kind: draft.kind } as never,
        },
      ]}
      actions={open ? <DraftActs draft={draft} change={change} /> : <OpenAgain draft={draft} />}
      pills={
        <>
          <KindPill kind={draft.kind} />
          {open && <DistancePills draft={draft} />}
          <EndPill draft={draft} />
          <TechnicalDetails
            rows={[
              ['Name', draft.name],
              ['Version id (commit)', draft.commit],
              ['Started from', draft.from],
            ]}
          />
        </>
      }
    >
      {draft.rest && <Rested draft={draft} />}
      {open && change && <UnderReview change={change} />}
      {open && <Latest draft={draft} />}
      <div className="split-side">
        <section className="stack" aria-labelledby="not-published">
          <div className="between">
            <h2 id="not-published" className="label">
              {open ? 'What is not published yet' : 'What it changed'}
            </h2>
            {open && draft.ahead > 0 && (
              <Link to="/map" search={{ draft: draft.name }} className="link small">
                What it reaches
              </Link>
            )}
          </div>
          <Changes draft={draft} />
        </section>
        <Saved draft={draft} />
      </div>
    </Page>
  );
}

function intentOf(draft: DraftDetail): string {
  const who = draft.owner ? `Looked after by ${personName(draft.owner)}. ` : '';
  const source =
    draft.from !== 'main' && draft.from.includes('/')
      ? `It started from the draft ${sentenceCase(draftTitle(draft.from))}. `
      : '';
  const n = draft.changes.length;
  const what = n === 0 ? 'It changes nothing yet.' : `It changes ${plural(n, 'file')}.`;
  return `${who}${source}${what} Saved ${ago(draft.updated_at)}.`;
}

function Rested({ draft }: { draft: DraftDetail }) {
  const by = draft.rest?.by && draft.rest.by !== 'Calendar' ? ` by ${personName(draft.rest.by)}` : '';
  return (
    <section className="banner" aria-label="Put away">
      <h2>{`This draft was ${restWords[draft.status] ?? draft.status}${by} ${ago(draft.rest?.at ?? draft.updated_at)}`}</h2>
      <p className="quiet">
        {draft.rest?.reason && draft.rest.reason !== 'published' ? `“${draft.rest.reason}” ` : ''}
        Every version of it is kept. Open it again to go on where it stood.
      </p>
    </section>
  );
}

function OpenAgain({ draft }: { draft: DraftDetail }) {
  const mayWrite = useMay('write-draft');
  const again = useAct((name: string) => reopenDraft(name), {
    onDone: () => toast(`${draftShown(draft)} is open again`, { text: 'It stands where it stood.' }),
  });
  if (!mayWrite || draft.status === 'published') return null;
  return (
    <ActButton busy={again.isPending} onClick={() => again.mutate(draft.name)}>
      {draft.status === 'deleted' ? 'Restore' : 'Open again'}
    </ActButton>
  );
}

/** The versions saved on the draft, each with why it was saved. */
function Saved({ draft }: { draft: DraftDetail }) {
  const commits = useQuery({
    ...commitsQuery(draft.name, Math.max(1, Math.min(30, draft.ahead))),
    enabled: draft.ahead > 0 && draft.status === 'open',
  });
  return (
    <aside className="stack tight" aria-labelledby="saved-here">
      <h2 id="saved-here" className="label">
        Saved here
      </h2>
      {draft.ahead === 0 && <p className="small quiet">No version yet.</p>}
      {commits.isLoading && <Bones rows={3} />}
      <ol className="version-list">
        {commits.data?.items.map((commit) => (
          <li key={commit.commit}>
            <p className="version-line">{commit.subject}</p>
            <p className="small quiet">{`${personName(commit.author)}, ${ago(commit.at)}`}</p>
            <RecordRead record={commit.record} />
            <SignedPill provenance={commit.provenance} />
          </li>
        ))}
      </ol>
    </aside>
  );
}
