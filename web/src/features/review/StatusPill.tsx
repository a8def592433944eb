import type { Change } from '@/api/types';
import { Pill } from '@/components/Pill';

/** Where a change stands: icon, word and colour. */
export function StatusPill({ change, blocked }: { change: Pick<Change, 'status'>; blocked?: number }) {
  if (change.status === 'merged')
    return (
      <Pill tone="green" icon="check">
        Published
      </Pill>
    );
  if (change.status === 'closed') return <Pill icon="cross">Closed</Pill>;
  if (blocked === 0)
    return (
      <Pill tone="green" icon="check">
        Ready to publish
      </Pill>
    );
  return (
    <Pill tone="blue" icon="person">
      In review
    </Pill>
  );
}
