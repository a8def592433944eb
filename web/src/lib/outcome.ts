/** What a version brought, read from the one sentence the server writes about it. */
import type { MeasuredOutcome } from '@/api/types';

export type Measured = { kpi: string; move: string; low: string; high: string; people: string };

const shape = /^(.+?) ([+−-]?(?:€ )?[\d.,]+(?: \S+)?) \(between (.+?) and (.+?)\), ([\d,]+) people/;

/** The parts of `First order +3.2 points (between +1.5 and +5.0), 12,000 people`; nothing where it reads otherwise. */
export function measuredIn(sentence: string): Measured | undefined {
  const [, kpi, move, low, high, people] = shape.exec(sentence) ?? [];
  return kpi && move && low && high && people ? { kpi, move, low, high, people } : undefined;
}

/** Harm where it was taken back; good only where the whole interval lies above zero; otherwise neither. */
export function outcomeTone(outcome: MeasuredOutcome | null | undefined): 'harm' | 'good' | '' {
  if (outcome?.state === 'rolled-back') return 'harm';
  if (outcome?.state !== 'finished') return '';
  return measuredIn(outcome.sentence)?.low.startsWith('+') ? 'good' : '';
}
