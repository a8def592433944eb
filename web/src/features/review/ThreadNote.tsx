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
  const [replying, setReplying] = useState(false);
  const mayComment = useMay('comment');
  const settle = useAct((settled: boolean) => settleThread(thread.number, settled), {
    onDone: (_, settled) => settled && toast('Settled', { undo: () => settle.mutate(false) }),
  });
  const tone = thread.settled ? 'settled' : thread.suggestion ? 'suggests' : '';
  if (thread.settled && !unfolded) {
    return (
      <section
        id={`thread-${thread.number}`}
        className="remark settled"
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
      className={`remark ${tone} ${lit ? 'lit' : ''}`}
      aria-label={`Discussion ${thread.number}`}
      tabIndex={-1}
      onMouseEnter={() => onLight(thread.number)}
      onMouseLeave={() => onLight(undefined)}
    >
      <p className="remark-head">
        <strong>{`${thread.number} · ${place}`}</strong>
        {moved && <span title="The draft has moved since"> on an earlier version</span>}
      </p>
      {thread.comments.map((comment, index) => (
        <div key={index} className="remark-comment">
          {comment.text && <p className="remark-words">{comment.text}</p>}
          <p className="remark-fact">{`${personName(comment.by.name)}, ${ago(comment.at)}`}</p>
        </div>
      ))}
      {thread.suggestion && <SuggestionDiff thread={thread} open={open} />}
      {mayComment && (
        <div className="stack tight">
          <div className="row">
            {!thread.settled && !replying && (
              <Button
                variant="default"
                size="compact-sm"
                aria-label={`Reply in discussion ${thread.number}`}
                onClick={() => setReplying(true)}
              >
                Reply
              </Button>
            )}
            <ActButton
              aria-label={`${thread.settled ? 'Take up' : 'Settle'} discussion ${thread.number}`}
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
          {replying && !thread.settled && <Reply thread={thread} onDone={() => setReplying(false)} />}
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

function Reply({ thread, onDone }: { thread: Thread; onDone: () => void }) {
  const [text, setText] = useState('');
  const reply = useAct(() => replyThread(thread.number, text.trim()), {
    onDone,
  });
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
        <Button variant="subtle" size="compact-sm" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
