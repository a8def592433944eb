/** Sentences about rollouts that stay true after the next release went live. */
import type { Rollout, RolloutArm } from '@/api/types';
import { span } from './format';

export const versionOf = (number: number | null | undefined, release: number) =>
  number == null ? `release ${release}` : `version ${number}`;

/** An arm by its name, its version or its release. */
export const armName = (arm: Pick<RolloutArm, 'name' | 'version' | 'release'>) =>
  arm.name || (arm.version == null ? `Release ${arm.release}` : `Version ${arm.version}`);

/** The new arms that no guard has stopped. */
export const openArms = (rollout: Pick<Rollout, 'arms'>) =>
  (rollout.arms ?? []).filter((arm) => arm.arm > 0 && arm.stopped == null);

/** How it ended, as of that day: what is live by now may be another version. */
export function endedSentence(rollout: Rollout): string {
  const { ending } = rollout;
  if (!ending || rollout.design === 'hold-out') return rollout.sentence;
  if (rollout.design === 'shadow' && rollout.state === 'rolled-back') return rollout.sentence;
  const after = span(rollout.started_at, ending.at);
  return rollout.state === 'rolled-back'
    ? `Taken back after ${after}; everyone got ${versionOf(rollout.control_version, rollout.control)} again.`
    : `After ${after} everyone got ${wonBy(rollout)}.`;
}

/** What everybody got when it was finished. */
export function wonBy(rollout: Rollout): string {
  const won = (rollout.arms ?? []).find((arm) => arm.arm === rollout.ending?.arm);
  return won
    ? won.name || versionOf(won.version, won.release)
    : versionOf(rollout.treatment_version, rollout.treatment);
}
