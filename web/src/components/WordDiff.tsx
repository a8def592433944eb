import { useState } from 'react';
import type { WordSpan } from '@/api/types';
import { outsideTag, piecesOf, wholeTags } from '@/lib/pieces';
import { joinChanges } from '@/lib/words';
import { PieceChip } from './PieceChip';

/**
 * A text with its changes as an editor marks them: blue pencil for what came, red pencil for what went.
 * As a text to be read, tags stand as chips; as a source, they stand as they are typed.
 */
export function WordDiff({
  words,
  as = 'text',
  context = 260,
}: {
  words: WordSpan[];
  as?: 'text' | 'source';
  /** Characters shown on both sides of a change. */
  context?: number;
}) {
  const changed = words.some((span) => span.kind !== 'equal');
  if (!changed) return <p className="quiet">The text is the same, word for word.</p>;
  const shown = joinChanges(as === 'text' ? wholeTags(words) : words);
  const Shown = as === 'text' ? Read : Typed;
  return (
    <div className={`word-diff ${as === 'text' ? 'serif' : 'mono'}`}>
      {shown.map((span, index) => {
        if (span.kind === 'insert')
          return (
            <ins key={index}>
              <span className="visually-hidden">inserted: </span>
              <Shown text={span.text} />
            </ins>
          );
        if (span.kind === 'delete')
          return (
            <del key={index}>
              <span className="visually-hidden">deleted: </span>
              <Shown text={span.text} />
            </del>
          );
        return (
          <Unchanged
            key={index}
            text={span.text}
            Shown={Shown}
            context={context}
            first={index === 0}
            last={index === shown.length - 1}
          />
        );
      })}
    </div>
  );
}

const Typed = ({ text }: { text: string }) => text;

/** A text to be read: tags stand as chips. */
export function Read({ text }: { text: string }) {
  const pieces = piecesOf(text);
  return pieces.map((piece, index) => {
    if (piece.kind !== 'text') return <PieceChip key={index} piece={piece} />;
    // A role stands on a line of its own already.
    let words = piece.text;
    if (pieces[index - 1]?.kind === 'role') words = words.replace(/^\n/, '');
    if (pieces[index + 1]?.kind === 'role') words = words.replace(/\n$/, '');
    return words;
  });
}

/** Long unchanged passages are folded; a click opens them. */
function Unchanged({
  text,
  Shown,
  context,
  first,
  last,
}: {
  text: string;
  Shown: typeof Typed | typeof Read;
  context: number;
  first: boolean;
  last: boolean;
}) {
  const [open, setOpen] = useState(false);
  if (open || text.length < context * 3)
    return (
      <span>
        <Shown text={text} />
      </span>
    );
  const head = first ? '' : text.slice(0, outsideTag(text, context, 'start'));
  const tail = last ? '' : text.slice(outsideTag(text, text.length - context, 'end'));
  const lines = text.slice(head.length, text.length - tail.length).split('\n').length;
  return (
    <span>
      <Shown text={head} />
      <button type="button" className="fold" onClick={() => setOpen(true)}>
        {`${lines} unchanged ${lines === 1 ? 'line' : 'lines'}, show`}
      </button>
      <Shown text={tail} />
    </span>
  );
}
