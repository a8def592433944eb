import { Button } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { partialsQuery } from '@/api/queries';
import Editor, { type EditorHandle } from '@/components/code/Editor';
import { useKeys } from '@/components/keys';
import { type Crumb, Page } from '@/components/Page';
import { Pill } from '@/components/Pill';
import { useSession } from '@/components/session';
import { ago } from '@/lib/format';
import { workflowName } from '@/lib/impact';
import { sampleValues, type Values } from '@/lib/samples';
import { draftTitle } from '@/lib/words-shown';
import { isWorkflow } from '@/lib/workflow';
import { Findings } from './Findings';
import { LeaveDialog } from './LeaveDialog';
import { MovedNote } from './MovedNote';
import { PreviewPane } from './PreviewPane';
import { SaveDialog } from './SaveDialog';
import { useEditedText } from './useEditedText';
import { useMoved } from './useMoved';
import { usePreview, useWorkflow } from './useShown';
import { WorkflowPane } from './WorkflowPane';
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

function trailOf(text: EditedText): Crumb[] {
  if (isWorkflow(text.path))
    return [
      { title: 'Workflows', to: '/workflows' },
      { title: text.title, to: '/workflows/$id', params: { id: workflowName(text.path) } as never },
      { title: 'Edit' },
    ];
  const isNew = text.base === undefined;
  return [
    { title: 'Library', to: '/library', search: {} },
    ...(isNew
      ? []
      : [{ title: text.title, to: '/prompts/$id' as const, params: { id: text.id } as never, search: {} }]),
    { title: isNew ? 'New prompt' : 'Edit' },
  ];
}

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
  const moved = useMoved(text);

  const [settled] = useDebouncedValue(edited.source, 250);
  const [values] = useDebouncedValue({ person, typed }, 250);
  const shown = usePreview(text, settled, values);
  const workflow = useWorkflow(text, settled);
  const flows = isWorkflow(text.path);
  const diagnostics = (flows ? workflow.data : shown.data)?.diagnostics ?? [];
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

  const trail = trailOf(text);
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
      {moved && <MovedNote text={text} moved={moved} />}
      <div className="editor-grid">
        <div className="stack editor-left">
          <div className="tile flush editor-box">
            <Editor
              ref={editor}
              initial={edited.shown}
              foldFront={!isNew && !flows}
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
              diagnostics={diagnostics}
              onChange={edited.change}
            />
          </div>
          <p id="editor-hint" className="small quiet">
            {!flows && (
              <>
                Type <code>{'{{'}</code> for variables and shared parts.{' '}
              </>
            )}
            <kbd>Esc</kbd> then <kbd>Tab</kbd> leaves the text, <kbd>Ctrl S</kbd> saves.
          </p>
          <Findings
            diagnostics={diagnostics}
            error={flows ? workflow.error : shown.error}
            onGo={(line, column) => editor.current?.goTo(line, column)}
          />
        </div>
        {flows ? (
          <WorkflowPane workflow={workflow.data} onLine={(line) => editor.current?.goTo(line, 1)} />
        ) : (
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
        )}
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
