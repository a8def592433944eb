/** Sentences about rollouts that stay true after the next release went live. */
import type { Rollout } from '@/api/types';
import { span } from './format';

export const versionOf = (number: number | null | undefined, release: number) =>
  number == null ? `release ${release}` : `version ${number}`;

/** How it ended, as of that day: what is live by now may be another version. */
export function endedSentence(rollout: Rollout): string {
  const { ending } = rollout;
  if (!ending) return rollout.sentence;
  const after = span(rollout.started_at, ending.at);
  return rollout.state === 'rolled-back'
    ? `Taken back after ${after}; everyone got ${versionOf(rollout.control_version, rollout.control)} again.`
    : `After ${after} everyone got ${versionOf(rollout.treatment_version, rollout.treatment)}.`;
}
