import { Link } from '@tanstack/react-router';
import type { Piece } from '@/api/types';
import { sentenceCase } from '@/lib/words-shown';

const spoken = (name: string) => name.replace(/[_-]+/g, ' ');

/** A piece that is filled in later: a variable, a shared part, a condition. */
export function PieceChip({ piece }: { piece: Piece }) {
  switch (piece.kind) {
    case 'variable':
      return (
        <span className="inline-chip variable" title={`Variable ${piece.text}`}>
          {spoken(piece.text)}
        </span>
      );
    case 'partial':
      return (
        <Link
          to="/library"
          search={{ q: piece.text, kind: 'partial' }}
          className="inline-chip partial"
          title="Shared part, used by several prompts"
        >
          {spoken(piece.text)}
        </Link>
      );
    case 'condition':
      return <span className="inline-chip condition">{conditionWords(piece.text)}</span>;
    case 'comment':
      return <span className="inline-chip comment">{piece.text}</span>;
    default:
      return <span className="inline-chip condition">{sentenceCase(piece.text)}</span>;
  }
}

/** `if first_name` as `if first name is given`, an end as `end`. */
export function conditionWords(text: string): string {
  const bare = text.trim();
  if (bare.startsWith('/') || bare.startsWith('end')) return 'end';
  if (bare === 'else') return 'otherwise';
  const [word = '', ...rest] = bare.split(/\s+/);
  const subject = spoken(rest.join(' '));
  if (word === 'if' && rest.length === 1) return `if ${subject} is given`;
  if (word === 'unless' && rest.length === 1) return `unless ${subject} is given`;
  if (word === 'each') return `for each of ${subject}`;
  if (word === 'ifEquals' && rest.length >= 2)
    return `if ${spoken(rest[0] ?? '')} is ${rest.slice(1).join(' ').replace(/"/g, '')}`;
  if (word === 'unlessEquals' && rest.length >= 2)
    return `unless ${spoken(rest[0] ?? '')} is ${rest.slice(1).join(' ').replace(/"/g, '')}`;
  return spoken(bare);
}
