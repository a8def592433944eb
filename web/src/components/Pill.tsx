import type { ReactNode } from 'react';
import type { Live, Rollout } from '@/api/types';
import { kpiStateWords, rolloutWords } from '@/lib/words-shown';
import { Icon, type IconName } from './Icon';

export type Tone = 'plain' | 'green' | 'red' | 'amber' | 'blue';

/** A state or a fact: icon, word and colour together. */
export function Pill({
  tone = 'plain',
  icon,
  children,
  title,
}: {
  tone?: Tone;
  icon?: IconName;
  children: ReactNode;
  title?: string;
}) {
  return (
    <span className={`pill ${tone === 'plain' ? '' : tone}`} title={title}>
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </span>
  );
}

const rolloutLooks: Record<string, { tone: Tone; icon: IconName }> = {
  running: { tone: 'blue', icon: 'play' },
  paused: { tone: 'amber', icon: 'pause' },
  finished: { tone: 'green', icon: 'check' },
  'rolled-back': { tone: 'red', icon: 'back' },
};

export function RolloutPill({ rollout }: { rollout: Pick<Rollout, 'state'> }) {
  const look = rolloutLooks[rollout.state] ?? { tone: 'plain', icon: 'dot' };
  return (
    <Pill tone={look.tone} icon={look.icon}>
      {rolloutWords[rollout.state] ?? rollout.state}
    </Pill>
  );
}

const kpiLooks: Record<string, { tone: Tone; icon: IconName }> = {
  harm: { tone: 'red', icon: 'cross' },
  better: { tone: 'green', icon: 'up' },
  'no-difference': { tone: 'plain', icon: 'equal' },
  collecting: { tone: 'plain', icon: 'clock' },
};

/** A KPI's state; a guard that found no harm says so. */
export function KpiPill({
  state,
  guarded,
  fired,
  direction,
}: {
  state: string;
  guarded: boolean;
  /** Whether the guard acted: before that, harm is a suspicion. */
  fired?: boolean;
  direction: string;
}) {
  if (guarded && state === 'no-difference')
    return (
      <Pill tone="green" icon="check">
        within limit
      </Pill>
    );
  if (guarded && state === 'harm' && !fired)
    return (
      <Pill tone="amber" icon="warning" title="The guard acts as soon as the evidence is strong enough">
        worse so far
      </Pill>
    );
  const look = kpiLooks[state] ?? { tone: 'plain', icon: 'dot' };
  const word = state === 'harm' && direction === 'down' ? 'above its limit' : (kpiStateWords[state] ?? state);
  return (
    <Pill tone={look.tone} icon={look.icon}>
      {state === 'harm' && !guarded ? 'worse' : word}
    </Pill>
  );
}

/** Where a prompt is live, in one pill an environment. */
export function LivePills({ live }: { live: Live[] }) {
  if (live.length === 0) return <Pill icon="ring">Not live yet</Pill>;
  return (
    <>
      {live.map((place) => (
        <Pill key={place.environment} tone="green" icon="dot" title={`Release ${place.release}`}>
          {`Live in ${place.environment} · Version ${place.version}`}
          {place.rollout != null && place.candidate != null && ` · trying Version ${place.candidate}`}
        </Pill>
      ))}
    </>
  );
}
