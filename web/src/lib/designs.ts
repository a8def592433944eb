/** How a rollout is designed, in people's words; said before it starts and on its page. */
import type { Condition, LayerShare, StageTime } from '@/api/types';
import { count, date, time } from './format';

const percent = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 2 });

/** Basis points as a percentage, all of them as well: `33.33 %`, `100 %`. */
export const part = (basisPoints: number) => `${percent.format(basisPoints / 100)} %`;

const listed = (words: string[], join: string) =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} ${join} ${words.at(-1)}`;

/** A condition as the end of `everybody …`: `whose region is de or at`. */
export function conditionWords(condition: Condition): string {
  const name = condition.attribute;
  if (condition.one_of) return `whose ${name} is ${listed(condition.one_of, 'or')}`;
  if (condition.none_of) return `whose ${name} is not ${listed(condition.none_of, 'or')}`;
  if (condition.at_least != null) return `whose ${name} is ${condition.at_least} or more`;
  return `whose ${name} is ${condition.at_most} or less`;
}

/** Who can take part at all. */
export const whoWords = (conditions: Condition[]) =>
  conditions.length === 0 ? 'Everybody' : `Everybody ${listed(conditions.map(conditionWords), 'and')}`;

/** What a layer means for the people in it. */
export const layerWords = (layer: LayerShare) =>
  `${part(layer.share)} of all people, kept for this rollout in the layer ${layer.name}`;

/** A moment to come: `3 Dec, 08:00`. */
export const whenWords = (at: string) => `${date(at)}, ${time(at)}`;

/** When a stage comes: `by itself, not before 3 Dec, 08:00 and 5,000 people`, or when somebody says so. */
export function waitWords(wait: StageTime | undefined): string {
  const parts = [
    wait?.at && `not before ${whenWords(wait.at)}`,
    wait?.people && `not before ${count(wait.people)} people took part`,
  ].filter((part) => typeof part === 'string');
  return parts.length === 0 ? 'when somebody says so' : `by itself, ${parts.join(' and ')}`;
}
