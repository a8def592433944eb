import {
  acceptCompletion,
  autocompletion,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { codeFolding, foldEffect } from '@codemirror/language';
import { lintGutter, setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
  MatchDecorator,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view';
import { useEffect, useImperativeHandle, useRef } from 'react';
import type { Diagnostic } from '@/api/types';
import { HELPERS, openTag, textStart } from '@/lib/dotprompt';
import { dotprompt } from './language';

export type Offer = { variables: { name: string; detail: string }[]; partials: string[] };
export type EditorHandle = { goTo: (line: number, column: number) => void; focus: () => void };

const chips = new MatchDecorator({
  regexp: /\{\{\{?(>)?\s*([\w.\-/]+)\s*\}?\}\}/g,
  decoration: (match) =>
    HELPERS.includes(match[2] ?? '')
      ? null
      : Decoration.mark({ class: match[1] ? 'cm-partial' : 'cm-variable' }),
});
const chipPlugin = ViewPlugin.fromClass(
  class {
    decorations;
    constructor(view: EditorView) {
      this.decorations = chips.createDeco(view);
    }
    update(update: ViewUpdate) {
      this.decorations = chips.updateDeco(update, this.decorations);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

function complete(context: CompletionContext, offer: Offer): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos);
  const tag = openTag(line.text.slice(0, context.pos - line.from));
  if (!tag) return null;
  const close = line.text.slice(context.pos - line.from).startsWith('}}') ? '' : '}}';
  const partials = offer.partials.map((name) => ({
    label: tag.kind === 'partial' ? name : `> ${name}`,
    apply: `${tag.kind === 'partial' ? '' : '> '}${name}${close}`,
    detail: 'shared part',
    type: 'class',
  }));
  const others = [
    ...offer.variables.map((variable) => ({
      label: variable.name,
      apply: variable.name + close,
      detail: variable.detail || 'variable',
      type: 'variable',
      boost: 2,
    })),
    ...['if', 'unless', 'each'].map((name) => ({
      label: `#${name}`,
      apply: `#${name} `,
      detail: 'block',
      type: 'keyword',
    })),
    ...['system', 'user', 'model'].map((name) => ({
      label: `role "${name}"`,
      apply: `role "${name}"${close}`,
      detail: 'who speaks',
      type: 'keyword',
    })),
  ];
  return {
    from: line.from + tag.from,
    options: tag.kind === 'partial' ? partials : [...others, ...partials],
    validFor: /^[\w.\-/]*$/,
  };
}

/** The text editor. Escape, then Tab, leaves it. */
export default function Editor({
  initial,
  label,
  offer,
  diagnostics,
  foldFront,
  onChange,
  ref,
}: {
  initial: string;
  label: string;
  offer: Offer;
  diagnostics: Diagnostic[];
  foldFront: boolean;
  onChange: (source: string) => void;
  ref?: React.Ref<EditorHandle>;
}) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef({ offer, onChange });
  latest.current = { offer, onChange };

  useEffect(() => {
    if (!place.current) return;
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: initial,
        extensions: [
          dotprompt,
          lineNumbers(),
          lintGutter(),
          history(),
          drawSelection(),
          codeFolding({ placeholderText: 'settings of this prompt, click to open' }),
          highlightActiveLine(),
          EditorView.lineWrapping,
          chipPlugin,
          autocompletion({ override: [(context) => complete(context, latest.current.offer)], icons: false }),
          keymap.of([
            { key: 'Tab', run: acceptCompletion },
            ...defaultKeymap,
            ...historyKeymap,
            indentWithTab,
          ]),
          EditorView.contentAttributes.of({
            'aria-label': label,
            'aria-multiline': 'true',
            tabindex: '0',
            spellcheck: 'true',
            'aria-describedby': 'editor-hint',
          }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    const text = textStart(initial);
    // People come for the text; its settings are one click away.
    if (foldFront && text > 8)
      made.dispatch({ effects: foldEffect.of({ from: 3, to: text - 1 }), selection: { anchor: text } });
    view.current = made;
    return () => made.destroy();
  }, [initial, label, foldFront]);

  useEffect(() => {
    const now = view.current;
    if (!now) return;
    const found = diagnostics.map((diagnostic) => {
      const line = now.state.doc.line(Math.min(Math.max(1, diagnostic.line), now.state.doc.lines));
      const from = Math.min(line.to, line.from + Math.max(0, diagnostic.column - 1));
      return {
        from,
        to: Math.max(from, line.to),
        severity: diagnostic.severity === 'error' ? ('error' as const) : ('warning' as const),
        message: diagnostic.message,
      };
    });
    now.dispatch(setDiagnostics(now.state, found));
  }, [diagnostics]);

  useImperativeHandle(ref, () => ({
    focus: () => view.current?.focus(),
    goTo: (lineNumber, column) => {
      const now = view.current;
      if (!now) return;
      const line = now.state.doc.line(Math.min(Math.max(1, lineNumber), now.state.doc.lines));
      now.dispatch({
        selection: { anchor: Math.min(line.to, line.from + Math.max(0, column - 1)) },
        scrollIntoView: true,
      });
      now.focus();
    },
  }));

  return <div ref={place} className="code-editor" />;
}
