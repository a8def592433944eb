/** What changes while the mock runs: the harmful rollout and its simulated customers. */
import type {
  Demo,
  Entry,
  Environment,
  KpiResult,
  News,
  Point,
  Release,
  RolloutDetail,
} from '../src/api/types';

const listeners = new Set<(news: News) => void>();
export function onNews(listener: (news: News) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
export function tell(topic: string, id: string | number = '') {
  for (const listener of listeners) listener({ topic, id: String(id) });
}

const hash = (n: number) => (n * 2654435761 + 97).toString(16).padStart(8, '0').repeat(8).slice(0, 64);
export const entries: Entry[] = [];
export function record(actor: string, action: string, target: string, sentence: string, reason = '') {
  const seq = entries.length + 1;
  entries.push({
    seq,
    at: new Date().toISOString(),
    actor: actor === 'Variorum' ? 0 : 1,
    actor_name: actor,
    actor_kind: actor === 'Variorum' ? 'system' : 'person',
    action,
    target,
    sentence,
    reason,
    evidence: { example: true, n: seq },
    prev: hash(seq - 1),
    hash: hash(seq),
    before: null,
    after: hash(seq + 5),
  });
}
record(
  'Mara Ellingsen',
  'version.saved',
  'prompt:email/onboarding/welcome',
  'Mara Ellingsen saved version 4 of Welcome e-mail: Shorten the subject line',
);
record('Mara Ellingsen', 'release.made', 'release:3', 'Mara Ellingsen made release 3 with 39 prompts');
record(
  'Mara Ellingsen',
  'environment.went-live',
  'environment:production',
  'Mara Ellingsen took release 3 live in production',
  'Checked with brand on Monday',
);
record(
  'Tomás Rey',
  'rollout.started',
  'rollout:2',
  'Tomás Rey started the rollout “Longer thanks” in production',
);
record(
  'Variorum',
  'rollout.rolled-back',
  'rollout:2',
  'The guard on unsubscribes took “Longer thanks” back; everybody gets release 3 again',
);

export const releases: Release[] = [4, 3, 2, 1].map((number) => ({
  number,
  commit: hash(number).slice(0, 40),
  digest: hash(number + 40),
  prompts: 39,
  created_by: number % 2 ? 'Mara Ellingsen' : 'Tomás Rey',
  note:
    ['First release', 'Brew guide in every series', 'One next step in the welcome e-mail', 'Warmer welcome'][
      number - 1
    ] ?? '',
  created_at: new Date(Date.now() - (5 - number) * 8.64e7).toISOString(),
  live_in: number === 3 ? ['production', 'preview'] : [],
}));
export const environments: Environment[] = [
  { name: 'production', release: 3, previous: 2, rollout: null, revision: 7 },
  { name: 'preview', release: 3, previous: null, rollout: null, revision: 2 },
];

export const demo: Demo = {
  available: true,
  title: 'Warmer welcome',
  summary: 'A copywriter makes the welcome e-mail warmer and offers four links instead of one.',
  why_it_fails:
    'Four links look generous, but people who have to choose choose nothing: first orders fall although the mail is read just as often. Nobody would have seen it in the text.',
  prompt: 'email/onboarding/welcome',
  rollout: null,
  traffic: { running: false, customers: 0, events: 0, seconds_left: 0, problem: null },
};

const drift = (n: number, seed: number) =>
  Math.sin(n * 1.7 + seed) * 0.5 + Math.sin(n * 0.6 + seed * 3) * 0.5;
export function series(effect: number, spread: number, seed: number, points: number): Point[] {
  return Array.from({ length: points }, (_, index) => {
    const units = (index + 1) * 240;
    const width = (spread * 46) / Math.sqrt(units);
    const difference = effect + (drift(index, seed) * width) / 4;
    return {
      units,
      at: new Date(Date.now() - (points - index) * 1200).toISOString(),
      difference,
      low: difference - width,
      high: difference + width,
    };
  });
}

function kpi(
  part: Partial<KpiResult> & Pick<KpiResult, 'kpi' | 'title'>,
  base: number,
  effect: number,
  points: Point[],
): KpiResult {
  const units = points.at(-1)?.units ?? 0;
  const last = points.at(-1);
  const arm = (mean: number) => ({
    units: Math.round(units / 2),
    sum: String(Math.round((units / 2) * mean)),
    sum_of_squares: '0',
    mean,
  });
  return {
    kind: 'conversion',
    direction: 'up',
    unit: 'share of contacts',
    decimals: 0,
    goal: false,
    state: points.length > 3 ? 'no-difference' : 'collecting',
    sentence: 'No difference can be seen yet.',
    control: arm(base),
    treatment: arm(base + (points.length ? effect : 0)),
    difference: last ? { estimate: last.difference, low: last.low, high: last.high } : null,
    series: points,
    ...part,
  };
}

export function rollout(number: number, state: string, points: number): RolloutDetail {
  const fired = state === 'rolled-back';
  const units = points * 240;
  const guard = (harm: string) => ({
    harm,
    margin: 0,
    action: 'roll-back',
    log_e: fired ? 4.9 : 0.8,
    fired: false,
  });
  const first = kpi(
    { kpi: 'first_order', title: 'First orders', goal: true, guard: { ...guard('decrease'), fired } },
    0.0791,
    -0.021,
    series(-0.021, 0.07, number, points),
  );
  if (fired)
    Object.assign(first, {
      state: 'harm',
      sentence: 'Version 5 brings 2.1 points fewer first orders, somewhere between 0.6 and 3.6 fewer.',
    });
  const exposed = [Math.round(units / 2) + 11, Math.round(units / 2) - 11];
  const started = new Date(Date.now() - points * 1200).toISOString();
  return {
    number,
    title: number === 1 ? 'Three things to do' : 'Warmer welcome, version 5',
    environment: 'production',
    prompt: demo.prompt,
    control: 3,
    treatment: 4,
    control_version: 4,
    treatment_version: 5,
    state,
    stages: [1000, 5000, 10000],
    stage: Math.min(2, Math.floor(points / 9)),
    coverage: [1000, 5000, 10000][Math.min(2, Math.floor(points / 9))] ?? 1000,
    started_at: started,
    started_by: 'Tomás Rey',
    exposed,
    hypothesis: 'first orders +4 %',
    goal: 'first_order',
    alpha: 0.01,
    ending:
      state === 'running' || state === 'paused'
        ? null
        : {
            at: new Date().toISOString(),
            by: fired ? 'Variorum' : 'Mara Ellingsen',
            by_guard: fired,
            reason: '',
          },
    sentence: fired
      ? 'Taken back: fewer people placed a first order.'
      : state === 'finished'
        ? 'Version 3 brings 0.6 points more first orders.'
        : 'It is too early to say. No harm can be seen yet.',
    kpis: [
      first,
      kpi(
        { kpi: 'unsubscribe', title: 'Unsubscribes', direction: 'down', guard: guard('increase') },
        0.0041,
        0.0002,
        series(0.0002, 0.012, 3, points),
      ),
      kpi({ kpi: 'click', title: 'Clicks' }, 0.27, 0.003, series(0.003, 0.08, 7, points)),
      kpi(
        { kpi: 'revenue', title: 'Revenue', kind: 'value', unit: 'EUR', decimals: 2 },
        231,
        -14,
        series(-14, 300, 9, points),
      ),
    ],
    log_e: fired ? 4.9 : 0.8,
    threshold: 4.605,
    split: { planned: [5000, 5000], exposed, p: 0.83, alarm: false },
    both_arms: 0,
    fired: fired
      ? {
          kpi: 'first_order',
          action: 'roll-back',
          at: new Date().toISOString(),
          log_e: 4.9,
          exposed,
          sentence: 'Fewer people placed a first order.',
        }
      : null,
    stage_log: [],
    entries: entries.filter((entry) => entry.target === `rollout:${number}`).reverse(),
  };
}

export const rollouts = new Map<number, RolloutDetail>([
  [1, rollout(1, 'finished', 40)],
  [2, { ...rollout(2, 'rolled-back', 22), title: 'Longer thanks' }],
]);

let timer: ReturnType<typeof setInterval> | undefined;
export function startHarm() {
  clearInterval(timer);
  const number = rollouts.size + 1;
  let points = 0;
  record(
    'Tomás Rey',
    'rollout.started',
    `rollout:${number}`,
    'Tomás Rey started “Warmer welcome” with 10 % of the audience',
  );
  rollouts.set(number, rollout(number, 'running', 0));
  demo.rollout = number;
  demo.traffic = { running: true, customers: 0, events: 0, seconds_left: 60, problem: null };
  if (environments[0]) environments[0].rollout = number;
  timer = setInterval(() => {
    if (rollouts.get(number)?.state !== 'running') return stopHarm();
    points += 1;
    if (points % 9 === 0)
      record(
        'Tomás Rey',
        'rollout.advanced',
        `rollout:${number}`,
        `All within limits, on to ${points === 9 ? '50 %' : 'everyone'}`,
      );
    const over = points >= 24;
    if (over)
      record(
        'Variorum',
        'rollout.rolled-back',
        `rollout:${number}`,
        'The guard on first orders took version 5 back',
      );
    rollouts.set(number, rollout(number, over ? 'rolled-back' : 'running', points));
    demo.traffic = {
      running: !over,
      customers: points * 480,
      events: points * 700,
      seconds_left: 60 - points,
      problem: null,
    };
    if (over) stopHarm();
    tell(over ? 'rollout' : 'reading', number);
    tell('demo');
  }, 700);
}
export function stopHarm() {
  clearInterval(timer);
  demo.traffic.running = false;
  if (environments[0]) environments[0].rollout = null;
}
