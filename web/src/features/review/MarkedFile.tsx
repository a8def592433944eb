import { Fragment, useState } from 'react';
import type { WordSpan } from '@/api/types';
import { Icon } from '@/components/Icon';
import { Read } from '@/components/WordDiff';
import { folded, type MarkedLine } from '@/lib/marked';

export type Side = 'new' | 'old';

type Props = {
  lines: MarkedLine[];
  /** The numbers of discussions, by the line they are about: `new 12`, or `old 7` for a line that went. */
  ties: Map<string, number[]>;
  /** Whether it is read as a text, or as it is typed. */
  as: 'text' | 'source';
  lit?: number;
  onLight: (thread: number | undefined) => void;
  /** Begins a discussion on a line; absent where nobody may. */
  onComment?: (line: number, side: Side) => void;
  label: string;
};

/** A changed text as an editor marks it, line by line; its discussions stand in the margin, tied by small numbers. */
export function MarkedFile(props: Props) {
  const { lines, ties, as } = props;
  const [open, setOpen] = useState<number[]>([]);
  return (
    <ol className={`marked ${as === 'text' ? 'read' : 'typed'}`} aria-label={props.label}>
      {folded(lines, spokenOf(ties)).map((part, index) =>
        part.kind === 'fold' && !open.includes(part.at) ? (
          <li key={`fold ${part.at}`} className="marked-fold">
            <button type="button" className="fold" onClick={() => setOpen([...open, part.at])}>
              {`${part.lines.length} unchanged lines, show`}
            </button>
          </li>
        ) : (
          <Fragment key={index}>
            {part.lines.map((line, at) => (
              <Line key={line.line ?? `gone ${index} ${at}`} line={line} {...props} />
            ))}
          </Fragment>
        ),
      )}
    </ol>
  );
}

function Line({ line, ties, as, lit, onLight, onComment }: { line: MarkedLine } & Props) {
  const number = line.line ?? line.old;
  const side: Side = line.line === undefined ? 'old' : 'new';
  const here = ties.get(`${side} ${number}`) ?? [];
  return (
    <li
      className={`marked-line ${line.changed ? 'changed' : ''} ${here.some((tie) => tie === lit) ? 'lit' : ''}`}
    >
      <span className="marked-gutter">
        {number !== undefined && onComment ? (
          <button
            type="button"
            aria-label={
              side === 'new' ? `Comment on line ${number}` : `Comment on line ${number}, which went`
            }
            onClick={() => onComment(number, side)}
          >
            <span className={side === 'new' ? 'marked-number' : 'marked-number went'}>{number}</span>
            <Icon name="plus" size={14} />
          </button>
        ) : (
          <span className={side === 'new' ? 'marked-number' : 'marked-number went'}>{number}</span>
        )}
      </span>
      <span className="marked-text">
        <Spans spans={line.spans} as={as} />
        {here.map((thread) => (
          <a
            key={thread}
            href={`#thread-${thread}`}
            className="tie"
            aria-label={`Discussion ${thread}`}
            onMouseEnter={() => onLight(thread)}
            onMouseLeave={() => onLight(undefined)}
            onFocus={() => onLight(thread)}
            onBlur={() => onLight(undefined)}
          >
            {thread}
          </a>
        ))}
      </span>
    </li>
  );
}

const spokenOf = (ties: Map<string, number[]>) =>
  new Set([...ties.keys()].flatMap((tie) => (tie.startsWith('new ') ? [Number(tie.slice(4))] : [])));

/** Words with what came and what went. */
export function Spans({ spans, as }: { spans: WordSpan[]; as: 'text' | 'source' }) {
  return spans.map((span, index) => {
    const text = as === 'text' ? <Read text={span.text} /> : span.text;
    if (span.kind === 'insert')
      return (
        <ins key={index}>
          <span className="visually-hidden">inserted: </span>
          {text}
        </ins>
      );
    if (span.kind === 'delete')
      return (
        <del key={index}>
          <span className="visually-hidden">deleted: </span>
          {text}
        </del>
      );
    return <span key={index}>{text}</span>;
  });
}
