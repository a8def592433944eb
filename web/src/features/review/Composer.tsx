import { Button, Checkbox, Textarea } from '@mantine/core';
import { useState } from 'react';
import { beginThread } from '@/api/operations';
import type { Anchor } from '@/api/types';
import { useAct } from '@/components/session';
import { compareWords } from '@/lib/words';
import { Spans } from './MarkedFile';

/** Begins a discussion on a line, a setting or the whole; on lines, another text can be suggested. */
export function Composer({
  change,
  anchor,
  place,
  text,
  onDone,
}: {
  change: number;
  anchor: Anchor;
  /** What it is about, in words. */
  place: string;
  /** The line as it stands; where it is known, another can be suggested. */
  text?: string;
  onDone: () => void;
}) {
  const [words, setWords] = useState('');
  const [suggesting, setSuggesting] = useState(false);
  const [suggested, setSuggested] = useState(text ?? '');
  const differs = suggesting && suggested !== text;
  const begin = useAct(
    () => beginThread(change, { anchor, text: words.trim(), suggestion: differs ? suggested : undefined }),
    { onDone },
  );
  const ready = words.trim() !== '' || differs;
  return (
    <form
      className="remark composing stack tight"
      aria-label={`New discussion, ${place}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) begin.mutate(undefined);
      }}
      onKeyDown={(event) => event.key === 'Escape' && onDone()}
    >
      <p className="remark-head">
        <strong>{place}</strong>
      </p>
      <Textarea
        aria-label={`Your comment, ${place}`}
        placeholder="What do you want to say? Name people with @"
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
        autosize
        minRows={2}
        autoFocus
      />
      {text !== undefined && (
        <Checkbox
          label="Suggest another wording"
          checked={suggesting}
          onChange={(event) => setSuggesting(event.currentTarget.checked)}
        />
      )}
      {suggesting && (
        <>
          <Textarea
            label="The wording you suggest"
            value={suggested}
            onChange={(event) => setSuggested(event.currentTarget.value)}
            autosize
            minRows={2}
          />
          {differs && (
            <p className="suggestion-text" aria-live="polite">
              <Spans spans={compareWords(text ?? '', suggested)} as="text" />
            </p>
          )}
        </>
      )}
      <div className="row">
        <Button type="submit" size="compact-sm" variant="default" loading={begin.isPending} disabled={!ready}>
          {differs ? 'Suggest' : 'Comment'}
        </Button>
        <Button variant="subtle" size="compact-sm" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
