import type { LedgerLine } from '@/api/types';

export type Bar = {
  line: LedgerLine;
  from: number;
  to: number;
  /** Where the line goes on: after the bar where it counts, before it where it does not. */
  after: number;
  counts: boolean;
};

/** Steps from where the KPI began: each begins where what was kept had led. */
export function bars(lines: LedgerLine[]): Bar[] {
  let level = 0;
  return lines.map((line) => {
    const counts = line.kind === 'kept';
    const from = level;
    const to = (1 + from) * (1 + (line.relative ?? 0)) - 1;
    level = counts ? line.cumulative : level;
    return { line, from, to, after: level, counts };
  });
}
