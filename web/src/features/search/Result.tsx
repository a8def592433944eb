import { Link } from '@tanstack/react-router';
import type { FoundPrompt, TextPiece } from '@/api/types';
import { Pill } from '@/components/Pill';
import { targetOf } from '@/components/PlaceLink';
import { useLiveInOrder } from '@/components/session';
import { readable } from '@/lib/facets';
import { ago, personName } from '@/lib/format';
import { workflowName } from '@/lib/impact';
import { channelName, fileKindWords, shortName } from '@/lib/words-shown';

/** One file that was found, with the passage that shows why. */
export function Result({ found }: { found: FoundPrompt }) {
  const { prompt } = found;
  const where = [prompt.brand, prompt.region].filter((part) => part && part !== 'all').map(shortName);
  const [live] = useLiveInOrder(prompt.live);
  const target = targetOf(
    prompt.kind === 'workflow'
      ? { to: '/workflows/$id', id: workflowName(prompt.path) }
      : { to: '/prompts/$id', id: prompt.id },
  );
  return (
    <li>
      <Link
        {...(target as { to: '/prompts/$id'; params: { id: string }; search: object })}
        className="found-link"
      >
        <span className="found-title">
          <Pieces pieces={found.title.length > 0 ? found.title : [{ text: prompt.id, hit: false }]} />
        </span>
        {found.passage.length > 0 && (
          <span className="found-passage">
            <Pieces pieces={readable(found.passage)} />
          </span>
        )}
        <span className="row small quiet found-facts">
          {live && (
            <Pill tone="green" icon="dot">
              {`Live in ${live.environment}`}
            </Pill>
          )}
          {prompt.kind !== 'prompt' && <Pill>{fileKindWords[prompt.kind] ?? prompt.kind}</Pill>}
          {prompt.channel && <Pill>{channelName(prompt.channel)}</Pill>}
          {where.length > 0 && <Pill>{where.join(' · ')}</Pill>}
          <span className="wrap-any">{prompt.id}</span>
          <span>{`v${prompt.version}`}</span>
          {prompt.owner && <span>{personName(prompt.owner)}</span>}
          <span>{ago(prompt.updated_at)}</span>
        </span>
      </Link>
    </li>
  );
}

function Pieces({ pieces }: { pieces: TextPiece[] }) {
  return (
    <>
      {pieces.map((piece, at) =>
        piece.hit ? <mark key={at}>{piece.text}</mark> : <span key={at}>{piece.text}</span>,
      )}
    </>
  );
}
