import { Button } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { preview } from '@/api/operations';
import { partialsQuery } from '@/api/queries';
import Editor, { type EditorHandle } from '@/components/code/Editor';
import { useKeys } from '@/components/keys';
import { type Crumb, Page } from '@/components/Page';
import { Pill } from '@/components/Pill';
import { useSession } from '@/components/session';
import { ago } from '@/lib/format';
import { sampleValues, type Values } from '@/lib/samples';
import { draftTitle } from '@/lib/words-shown';
import { Findings } from './Findings';
import { LeaveDialog } from './LeaveDialog';
import { PreviewPane } from './PreviewPane';
import { SaveDialog } from './SaveDialog';
import { useEditedText } from './useEditedText';
import './editor.css';

export type EditedText = {
  id: string;
  path: string;
  title: string;
  source: string;
  /** The commit the text was read from; absent for a new prompt. */
  base?: string;
  version?: number;
  draft?: string;
};

/** Text on the left, what comes out of it on the right. */
export function EditorScreen({
  text,
  onSaved,
}: {
  text: EditedText;
  onSaved: (draft: string | undefined) => void;
}) {
  const session = useSession();
  const isNew = text.base === undefined;
  const place = `${text.draft ?? ''}:${text.path}`;
  const edited = useEditedText(session?.workspace.name ?? '', place, text.source, text.base ?? '');
  const [person, setPerson] = useState('0');
  const [typed, setTyped] = useState<Values>({});
  const [saving, setSaving] = useState(false);
  const saved = useRef(false);
  const editor = useRef<EditorHandle>(null);
  const unsaved = edited.dirty || isNew;

  const [settled] = useDebouncedValue(edited.source, 250);
  const [values] = useDebouncedValue({ person, typed }, 250);
  const shown = usePreview(text, settled, values);
  const partials = useQuery(partialsQuery).data?.items ?? [];
  const blocker = useBlocker({
    shouldBlockFn: () => unsaved && !saved.current,
    enableBeforeUnload: () => unsaved && !saved.current,
    withResolver: true,
  });
  useKeys({
    'mod+s': () => unsaved && setSaving(true),
    s: () => unsaved && setSaving(true),
  });

  const trail: Crumb[] = [
    { title: 'Library', to: '/library', search: {} },
    ...(isNew
      ? []
      : [{ title: text.title, to: '/prompts/$id' as const, params: { id: text.id } as never, search: {} }]),
    { title: isNew ? 'New prompt' : 'Edit' },
  ];
  return (
    <Page
      title={text.title}
      trail={trail}
      actions={
        <Button disabled={!unsaved} onClick={() => setSaving(true)}>
          Save version
        </Button>
      }
      pills={
        <>
          {text.draft && <Pill tone="amber" icon="edit">{`On draft ${draftTitle(text.draft)}`}</Pill>}
          <Pill tone={edited.dirty ? 'blue' : 'plain'} icon={edited.dirty ? 'edit' : 'check'}>
            {edited.dirty
              ? 'Changed, kept in this browser until you save'
              : isNew
                ? 'Not saved yet'
                : `Version ${text.version}, unchanged`}
          </Pill>
        </>
      }
    >
      {edited.offered && (
        <div className="banner owed between">
          <span>{`There is unsaved text of yours from ${ago(edited.offered.at)}.`}</span>
          <span className="row">
            <Button size="xs" onClick={edited.restore}>
              Restore it
            </Button>
            <Button size="xs" variant="default" onClick={edited.dismiss}>
              Discard it
            </Button>
          </span>
        </div>
      )}
      <div className="editor-grid">
        <div className="stack editor-left">
          <div className="tile flush editor-box">
            <Editor
              ref={editor}
              initial={edited.shown}
              foldFront={!isNew}
              label={`Text of ${text.title}`}
              offer={{
                variables: (shown.data?.variables ?? []).map((variable) => ({
                  name: variable.name,
                  detail: variable.description,
                })),
                partials: partials.map(
                  (partial) => partial.id.split('/').at(-1)?.replace(/^_/, '') ?? partial.id,
                ),
              }}
              diagnostics={shown.data?.diagnostics ?? []}
              onChange={edited.change}
            />
          </div>
          <p id="editor-hint" className="small quiet">
            Type <code>{'{{'}</code> for variables and shared parts. <kbd>Esc</kbd> then <kbd>Tab</kbd> leaves
            the text, <kbd>Ctrl S</kbd> saves.
          </p>
          <Findings
            diagnostics={shown.data?.diagnostics ?? []}
            error={shown.error}
            onGo={(line, column) => editor.current?.goTo(line, column)}
          />
        </div>
        <PreviewPane
          shown={shown.data}
          person={person}
          onPerson={(next) => {
            setPerson(next);
            setTyped({});
          }}
          values={{ ...sampleValues(shown.data?.variables ?? [], Number(person)), ...typed }}
          onValue={(name, value) => setTyped((now) => ({ ...now, [name]: value }))}
        />
      </div>
      <SaveDialog
        opened={saving}
        onClose={() => setSaving(false)}
        text={text}
        source={edited.source}
        onSaved={(draft) => {
          saved.current = true;
          edited.forget();
          onSaved(draft);
        }}
      />
      <LeaveDialog
        opened={blocker.status === 'blocked'}
        onStay={() => blocker.reset?.()}
        onLeave={() => blocker.proceed?.()}
      />
    </Page>
  );
}

function usePreview(text: EditedText, source: string, { person, typed }: { person: string; typed: Values }) {
  const before = useQuery({
    queryKey: ['preview', text.path, text.draft, source, 'bare'],
    queryFn: ({ signal }) =>
      preview({ path: text.path, source, draft: text.draft, variables: {} }, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
  const variables = { ...sampleValues(before.data?.variables ?? [], Number(person)), ...typed };
  const filled = useQuery({
    queryKey: ['preview', text.path, text.draft, source, variables],
    queryFn: ({ signal }) => preview({ path: text.path, source, draft: text.draft, variables }, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
    enabled: before.data !== undefined && Object.keys(variables).length > 0,
  });
  return { data: filled.data ?? before.data, error: before.error ?? filled.error };
}
