/** What became of a delivery, and what a source reads, in words; and the form's text of it. */
import type { FieldFrom, SourceReads, SourceReceipt } from '@/api/types';

/** What became of a delivery. */
export function deliveryWords(receipt: SourceReceipt): string {
  switch (receipt.state) {
    case 'taken':
      return receipt.refused > 0
        ? `${receipt.accepted} new, ${receipt.refused} refused`
        : `${receipt.accepted} new`;
    case 'known':
      return 'known already';
    case 'ignored':
      return 'left alone: no KPI asks for it';
    case 'refused':
      return 'refused';
    case 'unreadable':
      return 'cannot be read';
    case 'paused':
      return 'not taken: paused';
    case 'too-many':
      return 'not read: too many at once';
    case 'unbelieved':
      return 'not believed: wrong signature';
    default:
      return receipt.state;
  }
}

/** A source of which nothing is known yet. */
export const NO_READS: SourceReads = {
  items: '',
  names: {},
  kpi: null,
  unit: null,
  value: null,
  currency: null,
  minor_units: false,
  time: null,
  time_format: 'rfc3339',
  zone: '',
  id: null,
  channel: null,
  prompt: null,
  rollout: null,
  arm: null,
  attributes: {},
};

/** The fields of which the form asks for a place in the body. */
export const SOURCE_FIELDS = [
  ['kpi', 'Name of the event', '/type'],
  ['unit', 'Unit: whose event', '/data/customer'],
  ['value', 'Value: how much', '/data/total'],
  ['currency', 'Currency of the value', '/data/currency'],
  ['time', 'Time: when it happened', 'when it was sent'],
  ['id', 'Id of the event', 'made of the delivery'],
  ['channel', 'Channel', ''],
  ['prompt', 'Prompt, for exposures', ''],
  ['rollout', 'Rollout, for exposures', ''],
  ['arm', 'Arm, for exposures', ''],
] as const;

export type SourceField = (typeof SOURCE_FIELDS)[number][0];

/** A field as it is written in the form: a pointer, or a value behind `=`. */
export function fieldText(from: FieldFrom | null | undefined): string {
  if (from?.pointer != null) return from.pointer;
  return from?.constant != null ? `=${from.constant}` : '';
}

/** What a field of the form says; nothing where it is empty. */
export function fieldFrom(text: string): FieldFrom | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  return trimmed.startsWith('=') ? { constant: trimmed.slice(1) } : { pointer: trimmed };
}

/** Names and what they lead to, a line each: `order.paid: order, revenue`. */
export function namesText(names: SourceReads['names']): string {
  return Object.entries(names ?? {})
    .map(([name, kpis]) => `${name}: ${kpis.join(', ')}`)
    .join('\n');
}

/** The names that lines say; what has no colon leads nowhere. */
export function namesFrom(text: string): Record<string, string[]> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(':');
      const name = (at < 0 ? line : line.slice(0, at)).trim();
      const kpis = (at < 0 ? '' : line.slice(at + 1)).split(',').map((kpi) => kpi.trim());
      return [name, kpis.filter((kpi) => kpi !== '')];
    }),
  );
}

/** Further facts, a line each: `country: /data/country`. */
export function attributesText(attributes: SourceReads['attributes']): string {
  return Object.entries(attributes ?? {})
    .map(([name, pointer]) => `${name}: ${pointer}`)
    .join('\n');
}

/** The further facts that lines say. */
export function attributesFrom(text: string): Record<string, string> {
  const pairs = text.split('\n').flatMap((line) => {
    const at = line.indexOf(':');
    return at > 0 ? [[line.slice(0, at).trim(), line.slice(at + 1).trim()] as const] : [];
  });
  return Object.fromEntries(pairs);
}
