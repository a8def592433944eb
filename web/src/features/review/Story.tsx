import { Button } from '@mantine/core';
import { useState } from 'react';
import type { ChangeDetail, Review } from '@/api/types';
import { Icon, type IconName } from '@/components/Icon';
import { Pill, type Tone } from '@/components/Pill';
import { RecordRead } from '@/components/RecordFields';
import { useMay } from '@/components/session';
import { ago, personName } from '@/lib/format';
import { Composer } from './Composer';
import { placeOf } from './FileSection';
import { ThreadNote } from './ThreadNote';

/** Why it is done, who looked at it, and what is said of the whole. */
export function Story({ change, onEdit }: { change: ChangeDetail; onEdit: () => void }) {
  const mayWrite = useMay('write-draft') && change.status === 'open';
  const empty = Object.values(change.record).every((value) => !value);
  return (
    <div className="story">
      <section className="tile stack tight" aria-labelledby="why">
        <div className="between">
          <h2 id="why" className="tile-title">
            Why
          </h2>
          {mayWrite && (
            <Button variant="subtle" size="compact-sm" onClick={onEdit}>
              Edit
            </Button>
          )}
        </div>
        {change.summary && <p className="verdict summary">{change.summary}</p>}
        {empty ? (
          <p className="small quiet">
            Nothing is written down yet: what was seen, what is expected, how it will be checked.
          </p>
        ) : (
          <RecordRead record={change.record} />
        )}
      </section>
      <Reviews change={change} />
      <Whole change={change} />
    </div>
  );
}

const looks: Record<string, { tone: Tone; icon: IconName; word: string }> = {
  approve: { tone: 'green', icon: 'check', word: 'approved' },
  'request-changes': { tone: 'red', icon: 'edit', word: 'asked for changes' },
  comment: { tone: 'plain', icon: 'dot', word: 'said something' },
};

function Reviews({ change }: { change: ChangeDetail }) {
  const asked = change.reviewers.filter((who) => !change.reviews.some((review) => review.by.id === who.id));
  return (
    <section className="tile stack tight" aria-labelledby="reviews">
      <h2 id="reviews" className="tile-title">
        Who looked at it
      </h2>
      {change.reviews.length === 0 && asked.length === 0 && (
        <p className="small quiet">Nobody yet. Reviews are listed here, with what each of them means.</p>
      )}
      <ul className="stack tight">
        {[...change.reviews].reverse().map((review, index) => (
          <ReviewLine key={index} review={review} />
        ))}
        {asked.map((who) => (
          <li key={who.id} className="between">
            <span>{personName(who.name)}</span>
            <Pill icon="clock">asked</Pill>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ReviewLine({ review }: { review: Review }) {
  const look = looks[review.verdict] ?? { tone: 'plain', icon: 'dot', word: review.verdict };
  const lapsed = review.stale && review.verdict !== 'comment';
  const meaning = review.verdict === 'approve' && review.meaning !== 'approval' ? ` (${review.meaning})` : '';
  return (
    <li className="stack tight review-line">
      <span className="between">
        <span>
          {personName(review.by.name)} <span className="small quiet">{ago(review.at)}</span>
        </span>
        <span className="row">
          <Pill tone={lapsed ? 'plain' : look.tone} icon={look.icon}>
            {look.word + meaning}
          </Pill>
          {lapsed && (
            <Pill icon="clock" title="The draft has moved since">
              an earlier state
            </Pill>
          )}
          {review.verdict === 'approve' && !review.counts && (
            <Pill title="Whoever wrote a part of it cannot approve it">does not count</Pill>
          )}
        </span>
      </span>
      {review.note && <p className="remark-words">{review.note}</p>}
    </li>
  );
}

/** Discussions on the change as a whole. */
function Whole({ change }: { change: ChangeDetail }) {
  const [lit, setLit] = useState<number>();
  const [saying, setSaying] = useState(false);
  const mayComment = useMay('comment') && change.head != null;
  const files = new Set(change.files.map((file) => file.path));
  // What hangs on a file that is not part of it any more is not lost.
  const threads = change.threads.filter(({ anchor }) => !files.has(anchor.path ?? ''));
  return (
    <section className="tile stack tight" aria-labelledby="whole">
      <h2 id="whole" className="tile-title">
        Said of the whole
      </h2>
      {threads.length === 0 && !saying && (
        <p className="small quiet">
          Questions about the change as a whole stand here; those about a line stand beside it.
        </p>
      )}
      {threads.map((thread) => (
        <ThreadNote
          key={thread.number}
          thread={thread}
          place={thread.anchor.path ? `${placeOf(thread)} in ${thread.anchor.path}` : placeOf(thread)}
          moved={false}
          open={change.status === 'open'}
          lit={lit === thread.number}
          onLight={setLit}
        />
      ))}
      {saying && (
        <Composer
          change={change.number}
          anchor={{ path: '', field: '' }}
          place="The whole"
          onDone={() => setSaying(false)}
        />
      )}
      {mayComment && !saying && (
        <div>
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<Icon name="plus" size={14} />}
            onClick={() => setSaying(true)}
          >
            Begin a discussion
          </Button>
        </div>
      )}
    </section>
  );
}
