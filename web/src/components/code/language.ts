/** Dotprompt for CodeMirror: YAML front matter, then text with handlebars tags. Highlighting only. */
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

type State = { part: 'start' | 'front' | 'text'; inTag: boolean; afterKey: boolean };

const language = StreamLanguage.define<State>({
  name: 'dotprompt',
  startState: () => ({ part: 'start', inTag: false, afterKey: false }),
  token(stream, state) {
    if (stream.sol()) {
      state.afterKey = false;
      if (state.part !== 'text' && stream.match(/^---\s*$/)) {
        state.part = state.part === 'start' ? 'front' : 'text';
        return 'meta';
      }
      if (state.part === 'start') state.part = 'text';
    }
    return state.part === 'front' ? frontToken(stream, state) : textToken(stream, state);
  },
});

type Stream = Parameters<Parameters<typeof StreamLanguage.define>[0]['token']>[0];

function frontToken(stream: Stream, state: State): string | null {
  if (stream.match(/^\s*#.*/)) return 'comment';
  if (!state.afterKey && stream.match(/^\s*(- )?[\w.?()-]+[^:\n]*?(?=:(\s|$))/)) {
    state.afterKey = true;
    return 'propertyName';
  }
  stream.skipToEnd();
  return state.afterKey ? 'string' : null;
}

function textToken(stream: Stream, state: State): string | null {
  if (state.inTag) {
    if (stream.match(/^\}\}\}?/)) {
      state.inTag = false;
      return 'bracket';
    }
    if (stream.match(/^"[^"]*"/)) return 'string';
    if (stream.match(/^[#/^@>!]\s*/)) return 'operator';
    if (stream.match(/^[\w.-]+/)) return 'variableName';
    stream.next();
    return null;
  }
  if (stream.match(/^\{\{!/)) {
    if (!stream.skipTo('}}')) stream.skipToEnd();
    stream.match(/^\}\}/);
    return 'comment';
  }
  if (stream.match(/^\{\{\{?/)) {
    state.inTag = true;
    return 'bracket';
  }
  if (!stream.skipTo('{{')) stream.skipToEnd();
  return null;
}

const colours = HighlightStyle.define([
  { tag: tags.meta, color: 'var(--ink-3)' },
  { tag: tags.propertyName, color: 'var(--ink-2)', fontWeight: '600' },
  { tag: tags.string, color: 'var(--green-ink)' },
  { tag: tags.comment, color: 'var(--ink-3)', fontStyle: 'italic' },
  { tag: tags.bracket, color: 'var(--blue)' },
  { tag: tags.operator, color: 'var(--blue)' },
  { tag: tags.variableName, color: 'var(--blue)', fontWeight: '600' },
]);

const look = EditorView.theme({
  '&': { fontSize: '13.5px', backgroundColor: 'transparent', color: 'var(--ink)' },
  '.cm-content': {
    fontFamily: 'var(--mono)',
    lineHeight: '1.65',
    padding: '12px 0',
    caretColor: 'var(--blue)',
  },
  '.cm-scroller': { fontFamily: 'var(--mono)', overflow: 'auto' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--ink-3)', border: 'none', fontSize: '12px' },
  '.cm-activeLine, .cm-activeLineGutter': {
    backgroundColor: 'color-mix(in srgb, var(--chip) 45%, transparent)',
  },
  '&.cm-focused': { outline: 'none' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--blue-wash) !important',
  },
  '.cm-cursor': { borderLeftColor: 'var(--blue)', borderLeftWidth: '2px' },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface)',
    border: '1px solid var(--rule)',
    borderRadius: '8px',
    boxShadow: 'var(--float)',
    color: 'var(--ink)',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': {
    padding: '4px 10px',
    fontFamily: 'var(--sans)',
    fontSize: '13px',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--blue-wash)',
    color: 'var(--blue)',
  },
  '.cm-completionDetail': { color: 'var(--ink-3)', fontStyle: 'normal', marginLeft: '12px' },
  '.cm-diagnostic': { fontFamily: 'var(--sans)', fontSize: '13px', padding: '6px 10px' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--red)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--amber)' },
  '.cm-variable': { backgroundColor: 'var(--blue-wash)', borderRadius: '4px', padding: '1px 0' },
  '.cm-partial': { backgroundColor: 'var(--chip)', borderRadius: '4px', padding: '1px 0' },
  '.cm-changedText, .cm-insertedLine .cm-changedText': {
    background: 'none',
    textDecoration: 'underline 2px var(--blue)',
    textUnderlineOffset: '3px',
  },
  '&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText': {
    background: 'none',
    textDecoration: 'line-through 2px var(--red)',
  },
  '&.cm-merge-a .cm-changedLine': { backgroundColor: 'color-mix(in srgb, var(--red-wash) 60%, transparent)' },
  '&.cm-merge-b .cm-changedLine': {
    backgroundColor: 'color-mix(in srgb, var(--blue-wash) 60%, transparent)',
  },
  '.cm-foldPlaceholder': {
    background: 'var(--chip)',
    border: 'none',
    color: 'var(--ink-2)',
    fontFamily: 'var(--sans)',
    fontSize: '12px',
    padding: '2px 10px',
    margin: '0 8px',
    borderRadius: '99px',
    cursor: 'pointer',
  },
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: '""' },
  '.cm-collapsedLines': {
    background: 'var(--chip)',
    color: 'var(--ink-2)',
    fontFamily: 'var(--sans)',
    fontSize: '12px',
    padding: '4px 12px',
  },
});

export const dotprompt = [language, syntaxHighlighting(colours), look];
