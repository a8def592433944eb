import { Fragment, useState } from 'react';
import type { WordSpan } from '@/api/types';
import { Icon } from '@/components/Icon';
import { Read } from '@/components/WordDiff';
import { folded, type MarkedLine } from '@/lib/marked';

type Props = {
  lines: MarkedLine[];
  /** The numbers of discussions, by the line they are about. */
  ties: Map<number, number[]>;
  /** Whether it is read as a text, or as it is typed. */
  as: 'text' | 'source';
  lit?: number;
  onLight: (thread: number | undefined) => void;
  /** Begins a discussion on a line; absent where nobody may. */
  onComment?: (line: number) => void;
  label: string;
};

/** A changed text as an editor marks it, line by line; its discussions stand in the margin, tied by small numbers. */
export function MarkedFile(props: Props) {
  const { lines, ties, as } = props;
  const [open, setOpen] = useState<number[]>([]);
  return (
    <ol className={`marked ${as === 'text' ? 'read' : 'typed'}`} aria-label={props.label}>
      {folded(lines, new Set(ties.keys())).map((part, index) =>
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
  const here = line.line === undefined ? [] : (ties.get(line.line) ?? []);
  const number = line.line;
  return (
    <li
      className={`marked-line ${line.changed ? 'changed' : ''} ${here.some((tie) => tie === lit) ? 'lit' : ''}`}
      id={number === undefined ? undefined : `line-${number}`}
    >
      <span className="marked-gutter">
        {number !== undefined && onComment ? (
          <button type="button" aria-label={`Comment on line ${number}`} onClick={() => onComment(number)}>
            <span className="marked-number">{number}</span>
            <Icon name="plus" size={14} />
          </button>
        ) : (
          <span className="marked-number">{number}</span>
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
