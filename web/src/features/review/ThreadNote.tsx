import { Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { acceptSuggestion, replyThread, settleThread } from '@/api/operations';
import type { Thread } from '@/api/types';
import { ActButton } from '@/components/ActButton';
import { Pill } from '@/components/Pill';
import { useAct, useMay } from '@/components/session';
import { toast } from '@/components/toast';
import { ago, personName } from '@/lib/format';
import { compareWords } from '@/lib/words';
import { Spans } from './MarkedFile';

/** A discussion in the margin: what was said, a suggested text, and the acts on it. */
export function ThreadNote({
  thread,
  place,
  moved,
  open,
  lit,
  onLight,
}: {
  thread: Thread;
  /** What it is about, in words. */
  place: string;
  /** Whether the draft has moved since it began. */
  moved: boolean;
  /** Whether the review is open, so that suggestions can be taken over. */
  open: boolean;
  lit: boolean;
  onLight: (thread: number | undefined) => void;
}) {
  const [unfolded, setUnfolded] = useState(false);
  const mayComment = useMay('comment');
  const settle = useAct((settled: boolean) => settleThread(thread.number, settled), {
    onDone: (_, settled) => settled && toast('Settled', { undo: () => settle.mutate(false) }),
  });
  const tone = thread.settled ? 'settled' : thread.suggestion ? 'suggests' : '';
  if (thread.settled && !unfolded) {
    return (
      <section
        id={`thread-${thread.number}`}
        className="note settled"
        aria-label={`Discussion ${thread.number}`}
      >
        <span className="between">
          <span className="small quiet">
            {`${thread.number} · ${thread.suggestion?.accepted ? 'Suggestion taken over' : 'Settled'} by ${personName(thread.settled_by?.name ?? '')}`}
          </span>
          <Button variant="subtle" size="compact-sm" onClick={() => setUnfolded(true)}>
            {`Show discussion ${thread.number}`}
          </Button>
        </span>
      </section>
    );
  }
  return (
    <section
      id={`thread-${thread.number}`}
      className={`note ${tone} ${lit ? 'lit' : ''}`}
      aria-label={`Discussion ${thread.number}`}
      tabIndex={-1}
      onMouseEnter={() => onLight(thread.number)}
      onMouseLeave={() => onLight(undefined)}
    >
      <p className="note-head">
        <strong>{`${thread.number} · ${place}`}</strong>
        {moved && <span title="The draft has moved since"> on an earlier version</span>}
      </p>
      {thread.comments.map((comment, index) => (
        <div key={index} className="note-comment">
          {comment.text && <p className="note-words">{comment.text}</p>}
          <p className="note-fact">{`${personName(comment.by.name)}, ${ago(comment.at)}`}</p>
        </div>
      ))}
      {thread.suggestion && <SuggestionDiff thread={thread} open={open} />}
      {mayComment && (
        <div className="stack tight">
          {!thread.settled && <Reply thread={thread} />}
          <div className="row">
            <ActButton
              variant="default"
              size="compact-sm"
              busy={settle.isPending}
              onClick={() => settle.mutate(!thread.settled)}
            >
              {thread.settled ? 'Take it up again' : 'Settle'}
            </ActButton>
            {thread.settled && (
              <Button variant="subtle" size="compact-sm" onClick={() => setUnfolded(false)}>
                Fold
              </Button>
            )}
          </div>
        </div>
      )}
    </section>
  );
}

function SuggestionDiff({ thread, open }: { thread: Thread; open: boolean }) {
  const mayWrite = useMay('write-draft');
  const accept = useAct(() => acceptSuggestion(thread.number), {
    onDone: () =>
      toast('Taken over', { text: 'Saved as a version that names you and whoever suggested it.' }),
  });
  const { suggestion } = thread;
  if (!suggestion) return null;
  return (
    <div className="suggestion">
      <span className="label">Suggested</span>
      <p className="suggestion-text">
        <Spans spans={compareWords(suggestion.before, suggestion.after)} as="text" />
        {suggestion.after === '' && <span className="quiet"> (take these lines out)</span>}
      </p>
      {suggestion.accepted ? (
        <Pill tone="green" icon="check">
          taken over
        </Pill>
      ) : (
        open &&
        mayWrite &&
        !thread.settled && (
          <ActButton
            size="compact-sm"
            variant="default"
            busy={accept.isPending}
            onClick={() => accept.mutate(undefined)}
          >
            Take it over
          </ActButton>
        )
      )}
    </div>
  );
}

function Reply({ thread }: { thread: Thread }) {
  const [text, setText] = useState('');
  const [asking, setAsking] = useState(false);
  const reply = useAct(() => replyThread(thread.number, text.trim()), {
    onDone: () => {
      setText('');
      setAsking(false);
    },
  });
  if (!asking)
    return (
      <div>
        <Button variant="subtle" size="compact-sm" onClick={() => setAsking(true)}>
          {`Reply to discussion ${thread.number}`}
        </Button>
      </div>
    );
  return (
    <form
      className="stack tight"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim()) reply.mutate(undefined);
      }}
    >
      <Textarea
        aria-label={`Your reply in discussion ${thread.number}`}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        autosize
        minRows={2}
        autoFocus
      />
      <div className="row">
        <Button
          type="submit"
          size="compact-sm"
          variant="default"
          loading={reply.isPending}
          disabled={!text.trim()}
        >
          Send
        </Button>
        <Button variant="subtle" size="compact-sm" onClick={() => setAsking(false)}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
