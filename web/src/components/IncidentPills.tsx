import type { Incident } from '@/api/types';
import type { IconName } from './Icon';
import { Pill, type Tone } from './Pill';

const states: Record<string, { words: string; tone: Tone; icon: IconName }> = {
  open: { words: 'Nobody answered', tone: 'red', icon: 'warning' },
  'handed-over': { words: 'Handed over', tone: 'amber', icon: 'person' },
  acknowledged: { words: 'Somebody is on it', tone: 'blue', icon: 'person' },
  snoozed: { words: 'Snoozed', tone: 'plain', icon: 'clock' },
  resolved: { words: 'Resolved', tone: 'green', icon: 'check' },
};

const urgencies: Record<string, Tone> = { critical: 'red', high: 'amber', low: 'plain' };

/** What an incident's state and urgency are called. */
export function IncidentPills({ incident }: { incident: Pick<Incident, 'state' | 'urgency'> }) {
  const look = states[incident.state] ?? { words: incident.state, tone: 'plain', icon: 'dot' };
  return (
    <>
      <Pill tone={look.tone} icon={look.icon}>
        {look.words}
      </Pill>
      <Pill tone={urgencies[incident.urgency] ?? 'plain'} icon="bolt">
        {incident.urgency}
      </Pill>
    </>
  );
}
