import type { Draft } from '@/api/types';
import { plural } from '@/lib/format';
import { endsIn } from '@/lib/standing';
import { draftKindWords } from '@/lib/words-shown';
import type { IconName } from './Icon';
import { Pill, type Tone } from './Pill';

const looks: Record<string, { tone: Tone; icon: IconName }> = {
  campaign: { tone: 'plain', icon: 'folder' },
  experiment: { tone: 'plain', icon: 'ring' },
  hotfix: { tone: 'amber', icon: 'bolt' },
};

/** What a draft is for. */
export function KindPill({ kind }: { kind: string }) {
  const look = looks[kind] ?? { tone: 'plain', icon: 'edit' };
  return (
    <Pill tone={look.tone} icon={look.icon}>
      {draftKindWords[kind] ?? kind}
    </Pill>
  );
}

/** When a draft ends by itself; amber in the last three days. */
export function EndPill({ draft }: { draft: Pick<Draft, 'ends_at' | 'status'> }) {
  if (!draft.ends_at || draft.status !== 'open') return null;
  const { text, soon } = endsIn(draft.ends_at);
  return (
    <Pill tone={soon ? 'amber' : 'plain'} icon={soon ? 'warning' : 'clock'}>
      {text}
    </Pill>
  );
}

/** How far a draft and the library are apart. */
export function DistancePills({ draft }: { draft: Pick<Draft, 'ahead' | 'behind'> }) {
  return (
    <>
      <Pill tone={draft.ahead > 0 ? 'blue' : 'plain'} icon="edit">
        {draft.ahead > 0 ? `${plural(draft.ahead, 'version')} to publish` : 'nothing new yet'}
      </Pill>
      {draft.behind > 0 && (
        <Pill icon="clock">{`library moved on by ${plural(draft.behind, 'version')}`}</Pill>
      )}
    </>
  );
}
