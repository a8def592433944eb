import { useState } from 'react';
import type { WordSpan } from '@/api/types';
import { joinChanges } from '@/lib/words';

/** A text with its changes as an editor marks them: blue pencil for what came, red pencil for what went. */
export function WordDiff({
  words,
  serif = true,
  context = 260,
}: {
  words: WordSpan[];
  serif?: boolean /** Characters shown on both sides of a change. */;
  context?: number;
}) {
  const changed = words.some((span) => span.kind !== 'equal');
  if (!changed) return <p className="quiet">The text is the same, word for word.</p>;
  const shown = joinChanges(words);
  return (
    <div className={`word-diff ${serif ? 'serif' : 'mono'}`}>
      {shown.map((span, index) => {
        if (span.kind === 'insert')
          return (
            <ins key={index}>
              <span className="visually-hidden">inserted: </span>
              {span.text}
            </ins>
          );
        if (span.kind === 'delete')
          return (
            <del key={index}>
              <span className="visually-hidden">deleted: </span>
              {span.text}
            </del>
          );
        return (
          <Unchanged
            key={index}
            text={span.text}
            context={context}
            first={index === 0}
            last={index === shown.length - 1}
          />
        );
      })}
    </div>
  );
}

/** Long unchanged passages are folded; a click opens them. */
function Unchanged({
  text,
  context,
  first,
  last,
}: {
  text: string;
  context: number;
  first: boolean;
  last: boolean;
}) {
  const [open, setOpen] = useState(false);
  if (open || text.length < context * 3) return <span>{text}</span>;
  const head = first ? '' : text.slice(0, context);
  const tail = last ? '' : text.slice(-context);
  const lines = text.slice(head.length, text.length - tail.length).split('\n').length;
  return (
    <span>
      {head}
      <button type="button" className="fold" onClick={() => setOpen(true)}>
        {`${lines} unchanged ${lines === 1 ? 'line' : 'lines'}, show`}
      </button>
      {tail}
    </span>
  );
}
