import { Link } from '@tanstack/react-router';
import { pieceWords, type ReadPiece } from '@/lib/pieces';
import './chips.css';

/** A piece that is filled in later: a variable, a shared part, a condition. */
export function PieceChip({ piece }: { piece: ReadPiece }) {
  const words = pieceWords(piece);
  switch (piece.kind) {
    case 'variable':
      return (
        <span className="inline-chip variable" title={`Variable ${piece.text}`}>
          {words}
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
          {words}
        </Link>
      );
    case 'comment':
      return <span className="inline-chip comment">{words}</span>;
    case 'role':
      return <span className="inline-role label">{words}</span>;
    default:
      return <span className="inline-chip condition">{words}</span>;
  }
}
