/** Template tags in the words of people, for texts that are read rather than edited. */
import type { WordSpan } from '@/api/types';
import { compareWords, TAG } from './words';
import { messageRoleWords, sentenceCase } from './words-shown';

/** A part of a text that is read: words, or a tag by what it stands for. */
export type ReadPiece = { kind: string; text: string };

const spoken = (name: string) => name.replace(/[_-]+/g, ' ');
const bare = (words: string[]) => words.join(' ').replace(/["'“”]/g, '');

/** `if first_name` as `if first name is given`, an end as `end`. */
export function conditionWords(text: string): string {
  const given = text.trim();
  if (given.startsWith('/') || given === 'end') return 'end';
  if (given === 'else') return 'otherwise';
  if (given.startsWith('else ')) return `otherwise ${conditionWords(given.slice(5))}`;
  const [word = '', first = '', ...rest] = given.split(/\s+/);
  const subject = spoken([first, ...rest].join(' '));
  if (word === 'if' && rest.length === 0) return `if ${subject} is given`;
  if (word === 'unless' && rest.length === 0) return `unless ${subject} is given`;
  if (word === 'each') return `for each of ${subject}`;
  if (word === 'with') return `about ${subject}`;
  if (word === 'ifEquals' && rest.length > 0) return `if ${spoken(first)} is ${bare(rest)}`;
  if (word === 'unlessEquals' && rest.length > 0) return `unless ${spoken(first)} is ${bare(rest)}`;
  return spoken(given);
}

const calls = new Set(['history', 'media', 'section', 'json']);

/** What one tag stands for: `{{#if vip}}` is a condition, `{{> footer}}` a shared part. */
function tagPiece(tag: string): ReadPiece {
  const inner = tag.replace(/^\{+~?\s*|\s*~?\}+$/g, '');
  if (inner.startsWith('!')) return { kind: 'comment', text: inner.replace(/^!(--)?\s*|\s*(--)?$/g, '') };
  if (inner.startsWith('>')) return { kind: 'partial', text: inner.slice(1).trim().split(/\s/)[0] ?? '' };
  if (/^[#^/]/.test(inner) || /^else\b/.test(inner)) {
    const negated = inner.startsWith('^') ? `unless ${inner.slice(1).trim()}` : inner.replace(/^#\s*/, '');
    return { kind: 'condition', text: negated };
  }
  const [name = '', ...rest] = inner.replace(/^&\s*/, '').split(/\s+/);
  if (name === 'role') return { kind: 'role', text: bare(rest) };
  if (calls.has(name) || rest.length > 0) return { kind: 'helper', text: bare([name, ...rest]) };
  return { kind: 'variable', text: name };
}

/** Cuts a text at its tags. */
export function piecesOf(text: string): ReadPiece[] {
  const pieces: ReadPiece[] = [];
  let at = 0;
  for (const match of text.matchAll(TAG)) {
    if (match.index > at) pieces.push({ kind: 'text', text: text.slice(at, match.index) });
    pieces.push(tagPiece(match[0]));
    at = match.index + match[0].length;
  }
  if (at < text.length) pieces.push({ kind: 'text', text: text.slice(at) });
  return pieces;
}

/** What a piece says where it is read. */
export function pieceWords({ kind, text }: ReadPiece): string {
  if (kind === 'condition') return conditionWords(text);
  if (kind === 'role') return messageRoleWords[text] ?? sentenceCase(text);
  if (kind === 'helper') return sentenceCase(text);
  return kind === 'variable' || kind === 'partial' ? spoken(text) : text;
}

/** The place itself, or the start or end of the tag it lies in. */
export function outsideTag(text: string, at: number, side: 'start' | 'end'): number {
  for (const match of text.matchAll(TAG)) {
    const end = match.index + match[0].length;
    if (match.index < at && at < end) return side === 'start' ? match.index : end;
  }
  return at;
}

/** Where a tag begins that the text does not close. */
function openTag(text: string): number {
  const at = text.lastIndexOf('{{');
  if (at >= 0 && !text.includes('}}', at)) return at;
  return text.endsWith('{') && !text.endsWith('{{') ? text.length - 1 : -1;
}

const closed = (text: string) =>
  openTag(text) < 0 && (text.match(/\{\{/g)?.length ?? 0) === (text.match(/\}\}/g)?.length ?? 0);

/**
 * A comparison word by word may cut through a tag: `{{#if ` stays, `first_name` becomes `name`. Read as a text, the
 * whole tag is another one, so the change is widened to it.
 */
export function wholeTags(spans: WordSpan[]): WordSpan[] {
  const whole: WordSpan[] = [];
  let torn: { before: string; after: string } | undefined;
  for (const { kind, text } of spans) {
    if (!torn && kind === 'equal') {
      const at = openTag(text);
      if (at !== 0) whole.push({ kind, text: at < 0 ? text : text.slice(0, at) });
      if (at >= 0) torn = { before: text.slice(at), after: text.slice(at) };
    } else if (!torn && closed(text)) whole.push({ kind, text });
    else {
      torn ??= { before: '', after: '' };
      if (kind !== 'insert') torn.before += text;
      if (kind !== 'delete') torn.after += text;
      if (closed(torn.before) && closed(torn.after)) {
        whole.push(...compareWords(torn.before, torn.after));
        torn = undefined;
      }
    }
  }
  if (torn) whole.push(...compareWords(torn.before, torn.after));
  return whole;
}
