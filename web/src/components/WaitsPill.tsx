import type { Waits } from '@/lib/standing';
import type { IconName } from './Icon';
import { Pill, type Tone } from './Pill';

const looks: Record<Waits, { tone: Tone; icon: IconName; word: string }> = {
  owed: { tone: 'amber', icon: 'warning', word: 'a review is owed' },
  review: { tone: 'blue', icon: 'person', word: 'wants your review' },
  rework: { tone: 'amber', icon: 'edit', word: 'wants your work' },
  publish: { tone: 'green', icon: 'check', word: 'ready to publish' },
};

/** What something that waits wants of the reader. */
export function WaitsPill({ waits }: { waits: Waits }) {
  const { tone, icon, word } = looks[waits];
  return (
    <Pill tone={tone} icon={icon}>
      {word}
    </Pill>
  );
}
