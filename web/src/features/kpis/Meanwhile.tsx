import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Series } from '@/api/types';
import { date } from '@/lib/format';
import { quoted } from '@/lib/words-shown';

type Marker = Series['markers'][number];

/** So many of the latest are listed before somebody asks for all. */
const LATEST = 4;

const acts: Record<string, string> = {
  'rollout-started': 'began',
  finished: 'reached everyone',
  'rolled-back': 'was taken back',
  'went-live': 'went live',
  restored: 'was restored',
};

/** What happened, for a line of the chart and of the list alike. */
export const happened = ({ rollout, release, title, kind }: Marker) =>
  `${rollout != null ? `R-${rollout}` : `Release ${release}`} ${quoted(title.replace(/\.$/, ''))} ${acts[kind] ?? kind}`;

/** Releases and rollouts of the time that the chart shows: the latest few, and all for who asks. */
export function Meanwhile({ markers }: { markers: Marker[] }) {
  const [all, setAll] = useState(false);
  if (markers.length === 0) return null;
  const newest = [...markers].reverse();
  return (
    <section aria-labelledby="meanwhile" className="stack tight">
      <h3 id="meanwhile" className="label">
        What happened meanwhile, the latest first
      </h3>
      <ul className="stack tight" aria-labelledby="meanwhile">
        {(all ? newest : newest.slice(0, LATEST)).map((marker) => (
          <li key={`${marker.at} ${marker.kind} ${marker.rollout} ${marker.release}`}>
            {`${date(marker.at)}: `}
            {marker.rollout != null ? (
              <Link to="/live/$number" params={{ number: String(marker.rollout) }} className="link">
                {happened(marker)}
              </Link>
            ) : (
              <Link to="/releases/$number" params={{ number: String(marker.release) }} className="link">
                {happened(marker)}
              </Link>
            )}
          </li>
        ))}
      </ul>
      {newest.length > LATEST && (
        <div>
          <Button variant="subtle" size="compact-sm" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? 'Show the latest only' : `Show all ${newest.length}`}
          </Button>
        </div>
      )}
    </section>
  );
}
