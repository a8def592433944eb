/** What stands in the form that starts a rollout, what is wrong with it, and what is sent. */
import type { Condition, Guard, StartRollout } from '@/api/types';
import { stagePlans } from './plan';
import { switchbackOf, windowFaults } from './windows';

export type TestKind = 'one_of' | 'none_of' | 'at_least' | 'at_most';
export type ArmRow = { key: number; release: string; name: string; share: string };
export type ConditionRow = {
  key: number;
  attribute: string;
  test: TestKind;
  values: string[];
  number: string;
};
export type Wait = { at: string; people: string };

/** The form. Numbers are kept as they were typed. */
export type Draft = {
  title: string;
  environment: string;
  prompt: string | null;
  goal: string | null;
  hypothesis: string;
  guards: Guard[];
  /** Days before the exposure; empty where they are not looked at. */
  preDays: string;
  /** How much worse a KPI may be in per cent, by its id; empty ones say nothing. */
  noWorse: Record<string, string>;
  /** Nobody gets the new version; what differs is counted. */
  shadow: boolean;
  /** Time is cut into windows, and in each of them everybody gets one version. */
  windows: boolean;
  windowSeconds: string;
  /** In minutes. */
  burnIn: string;
  pairs: string;
  /** The new versions; the first is the release of the page. */
  arms: ArmRow[];
  steps: string;
  ownSteps: string;
  conditions: ConditionRow[];
  inLayer: boolean;
  layerName: string;
  layerShare: string;
  later: boolean;
  startsAt: string;
  /** One for each step after the first, by its place; missing ones wait for a person. */
  waits: Wait[];
};

/** What is wrong, by the field beside which it is said. */
export type Faults = Record<string, string>;

export const ARMS_MAX = 10;
export const CONDITIONS_MAX = 20;

/** A percentage in basis points; nothing where it is none. */
export function basisPoints(text: string): number | undefined {
  const plain = text.replace(/[\s%]/g, '').replace(',', '.');
  const value = plain === '' ? Number.NaN : Math.round(Number(plain) * 100);
  return Number.isNaN(value) ? undefined : value;
}

const wholeNumber = (text: string) => {
  const plain = text.replace(/[\s.,](?=\d{3}\b)/g, '').trim();
  return /^\d+$/.test(plain) ? Number(plain) : undefined;
};

const plainNumber = (text: string) => {
  const plain = text.trim().replace(',', '.');
  return plain === '' || !Number.isFinite(Number(plain)) ? undefined : Number(plain);
};

/** The coverage of each step, in basis points. */
export function stagesOf(draft: Pick<Draft, 'steps' | 'ownSteps'>): number[] {
  const ready = stagePlans.find((one) => one.value === draft.steps);
  if (ready) return [...ready.stages];
  const typed = draft.ownSteps.split(/[,;]/).filter((part) => part.trim() !== '');
  const stages = typed.map((part) => basisPoints(part) ?? Number.NaN);
  return stages.some(Number.isNaN) ? [] : stages;
}

/** The shares of all versions in basis points, what is live first; nothing while they cannot be told. */
export function sharesOf(arms: Pick<ArmRow, 'share'>[]): number[] | undefined {
  const equal = Math.floor(10_000 / (arms.length + 1));
  const shares = arms.map((arm) => (arm.share.trim() === '' ? equal : basisPoints(arm.share)));
  if (shares.some((one) => one === undefined || one < 1)) return undefined;
  const taken = shares.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  return taken < 10_000 ? [10_000 - taken, ...(shares as number[])] : undefined;
}

export const conditionOf = (row: ConditionRow): Condition => {
  const attribute = row.attribute.trim();
  return row.test === 'one_of' || row.test === 'none_of'
    ? { attribute, [row.test]: row.values }
    : { attribute, [row.test]: plainNumber(row.number) ?? 0 };
};

/** The KPIs that may have a margin of their own: the goal, then what guards watch. */
export const marginKpis = (draft: Pick<Draft, 'goal' | 'guards'>) => [
  ...new Set([...(draft.goal ? [draft.goal] : []), ...draft.guards.map((guard) => guard.kpi)]),
];

/** The margins that were typed, as parts of 1. */
export function marginsOf(draft: Pick<Draft, 'goal' | 'guards' | 'noWorse'>): Record<string, number> {
  const typed = marginKpis(draft).filter((id) => (draft.noWorse[id] ?? '').trim() !== '');
  return Object.fromEntries(typed.map((id) => [id, (basisPoints(draft.noWorse[id] ?? '') ?? 0) / 10_000]));
}

function measureFaults(draft: Draft, faults: Faults) {
  if (draft.shadow) return;
  const days = wholeNumber(draft.preDays);
  if (draft.preDays.trim() !== '' && (days === undefined || days < 1 || days > 60))
    faults.preDays = 'A whole number of days from 1 to 60';
  for (const [id, share] of Object.entries(marginsOf(draft)))
    if (!(share > 0 && share < 1)) faults[`noWorse.${id}`] = 'A percentage above 0 and below 100';
}

/** Everything that keeps the form from being sent, field by field. */
export function faultsOf(draft: Draft, live: number | null | undefined, now = new Date()): Faults {
  const faults: Faults = {};
  if (draft.title.trim() === '') faults.title = 'Give it a title by which others find it';
  armFaults(draft, live, faults);
  stepFaults(draft, now, faults);
  measureFaults(draft, faults);
  draft.conditions.forEach((row, at) => {
    if (row.attribute.trim() === '') faults[`condition.${at}.attribute`] = 'Say what is looked at';
    const needsText = row.test === 'one_of' || row.test === 'none_of';
    if (needsText && row.values.length === 0) faults[`condition.${at}.value`] = 'Give at least one value';
    if (!needsText && plainNumber(row.number) === undefined)
      faults[`condition.${at}.value`] = 'A number is needed here';
  });
  if (draft.windows) windowFaults(draft, faults);
  if (draft.inLayer && !draft.shadow && !draft.windows) {
    if (draft.layerName.trim() === '') faults['layer.name'] = 'Rollouts of the same name share nobody';
    const share = basisPoints(draft.layerShare);
    if (share === undefined || share < 1 || share > 10_000)
      faults['layer.share'] = 'A percentage above 0, and at most 100';
  }
  return faults;
}

function armFaults({ arms, shadow, windows }: Draft, live: number | null | undefined, faults: Faults) {
  const draft = { arms: shadow || windows ? arms.slice(0, 1).map((arm) => ({ ...arm, share: '' })) : arms };
  const names = draft.arms.map((arm) => arm.name.trim());
  draft.arms.forEach((arm, at) => {
    const earlier = draft.arms.slice(0, at);
    if (arm.release === '') faults[`arm.${at}.release`] = 'Choose a release';
    else if (Number(arm.release) === live) faults[`arm.${at}.release`] = 'This release is live already';
    else if (earlier.some((one) => one.release === arm.release))
      faults[`arm.${at}.release`] = 'This release is compared already';
    const name = names[at] ?? '';
    if (name !== '' && names.indexOf(name) < at) faults[`arm.${at}.name`] = 'Another version has this name';
    const share = basisPoints(arm.share);
    if (arm.share.trim() !== '' && (share === undefined || share < 1 || share >= 10_000))
      faults[`arm.${at}.share`] = 'A percentage between 0 and 100';
  });
  const hasFault = draft.arms.some((_, at) => faults[`arm.${at}.share`]);
  if (!hasFault && sharesOf(draft.arms) === undefined)
    faults[`arm.${draft.arms.length - 1}.share`] =
      'Nothing is left for the version that is live; ask for less';
}

function stepFaults(draft: Draft, now: Date, faults: Faults) {
  const stages = draft.windows ? [10_000] : stagesOf(draft);
  const grows = stages.every((one, at) => one > (stages[at - 1] ?? 0) && one <= 10_000);
  if (draft.steps === 'own' && !draft.windows && (stages.length === 0 || stages.length > 20 || !grows))
    faults.ownSteps = 'Growing percentages with commas between them, e.g. 5, 25, 100';
  let before = draft.later ? draft.startsAt : '';
  if (draft.later) {
    const at = Date.parse(draft.startsAt);
    if (Number.isNaN(at)) faults.startsAt = 'Say on which day and at what time it begins';
    else if (at <= now.getTime()) faults.startsAt = 'This moment is past; begin at once, or later than now';
  }
  stages.slice(1).forEach((_, at) => {
    const wait = draft.waits[at];
    if (!wait) return;
    if (wait.at !== '') {
      if (Number.isNaN(Date.parse(wait.at))) faults[`wait.${at}.at`] = 'A day and a time';
      else if (before !== '' && Date.parse(wait.at) < Date.parse(before))
        faults[`wait.${at}.at`] = 'This is before the step that comes first';
      before = wait.at;
    }
    if (wait.people.trim() !== '' && !wholeNumber(wait.people))
      faults[`wait.${at}.people`] = 'A whole number of people';
  });
}

const moment = (local: string) => (local === '' ? undefined : new Date(local).toISOString());

/** What comes by itself, step by step after the first. */
export function scheduleOf(draft: Draft) {
  const later = stagesOf(draft).slice(1);
  const times = later.map((_, at) => ({
    at: moment(draft.waits[at]?.at ?? ''),
    people: wholeNumber(draft.waits[at]?.people ?? ''),
  }));
  return times.some((one) => one.at || one.people) ? times : [];
}

/** What is sent; ask only while nothing is wrong. */
export function commandOf(draft: Draft, people: number | undefined): StartRollout {
  const isAlone = draft.shadow || draft.windows;
  const [first, ...further] = isAlone ? draft.arms.slice(0, 1) : draft.arms;
  const share = (arm: ArmRow | undefined) => (arm?.share.trim() ? basisPoints(arm.share) : undefined);
  const measured = draft.shadow
    ? { shadow: true }
    : draft.windows
      ? {
          goal: draft.goal,
          guards: draft.guards,
          not_worse_by: marginsOf(draft),
          switchback: switchbackOf(draft),
        }
      : {
          goal: draft.goal,
          guards: draft.guards,
          pre_period_days: wholeNumber(draft.preDays),
          not_worse_by: marginsOf(draft),
          treatment_share: share(first),
          layer: draft.inLayer
            ? { name: draft.layerName.trim(), share: basisPoints(draft.layerShare) ?? 0 }
            : undefined,
        };
  return {
    ...measured,
    environment: draft.environment,
    title: draft.title.trim(),
    release: Number(first?.release),
    prompt: draft.prompt,
    stages: draft.windows ? [] : stagesOf(draft),
    treatment_name: first?.name.trim() ?? '',
    further: further.map((arm) => ({
      release: Number(arm.release),
      name: arm.name.trim(),
      share: share(arm),
    })),
    hypothesis: draft.hypothesis.trim(),
    planned_units: people,
    starts_at: draft.later ? moment(draft.startsAt) : undefined,
    schedule: draft.windows ? [] : scheduleOf(draft),
    conditions: draft.conditions.map(conditionOf),
  };
}
