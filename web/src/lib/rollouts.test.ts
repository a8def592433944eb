import { expect, it } from 'vitest';
import type { Rollout, RolloutArm } from '@/api/types';
import { armName, openArms, wonBy } from './rollouts';

const arm = (number: number, part: Partial<RolloutArm> = {}): RolloutArm => ({
  arm: number,
  name: '',
  release: number + 1,
  version: null,
  share: 3333,
  exposed: 0,
  stopped: null,
  ...part,
});

it('names an arm by what is known of it', () => {
  expect(armName(arm(1))).toBe('Release 2');
  expect(armName(arm(1, { version: 13 }))).toBe('Version 13');
  expect(armName(arm(1, { version: 13, name: 'Kind' }))).toBe('Kind');
});

it('offers the arms that are left, and says which one won', () => {
  const stopped = { at: '', by: 'Guard', by_guard: true, reason: '', arm: 0 };
  const arms = [arm(0), arm(1, { stopped }), arm(2, { version: 14 })];
  expect(openArms({ arms }).map((one) => one.arm)).toEqual([2]);
  const rollout = { arms, treatment: 2, treatment_version: 13, ending: { ...stopped, arm: 2 } };
  expect(wonBy(rollout as unknown as Rollout)).toBe('version 14');
  expect(wonBy({ ...rollout, arms: [] } as unknown as Rollout)).toBe('version 13');
});
