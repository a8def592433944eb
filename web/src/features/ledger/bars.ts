import type { LedgerLine } from '@/api/types';

export type Bar = {
  line: LedgerLine;
  from: number;
  to: number;
  /** Where the line goes on: after the bar where it counts, before it where it does not. */
  after: number;
  counts: boolean;
  /** Whether the bar before it is of the same prompt. */
  follows: boolean;
};

/** Steps from where each prompt began, prompt by prompt: a step begins where what was kept before had led. */
export function bars(lines: LedgerLine[]): Bar[] {
  const prompts = [...new Set(lines.map((line) => line.prompt ?? ''))];
  return prompts.flatMap((prompt) => {
    let level = 0;
    return lines
      .filter((line) => (line.prompt ?? '') === prompt)
      .map((line, at) => {
        const counts = line.kind === 'kept';
        const from = level;
        const to = (1 + from) * (1 + (line.relative ?? 0)) - 1;
        level = counts ? line.cumulative : level;
        return { line, from, to, after: level, counts, follows: at > 0 };
      });
  });
}
