import { Modal, Radio, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { ApiProblem } from '@/api/client';
import { createDraft, getPrompt, saveVersion } from '@/api/operations';
import type { Conflict, SavedVersion } from '@/api/types';
import { ChangeFields, emptyNote, trimmedNote } from '@/components/ChangeFields';
import { Conflicts } from '@/components/Conflicts';
import { DialogForm } from '@/components/FormDialog';
import { ProblemNote } from '@/components/Loaded';
import { useMay } from '@/components/session';
import { toast } from '@/components/toast';
import { WordDiff } from '@/components/WordDiff';
import { tidyId } from '@/lib/dotprompt';
import { compareWords } from '@/lib/words';
import { draftTitle } from '@/lib/words-shown';
import type { EditedText } from './EditorScreen';

type Props = {
  opened: boolean;
  onClose: () => void;
  text: EditedText;
  source: string;
  onSaved: (draft: string | undefined) => void;
};

/** “What did you change and why?”: shows the change, asks for its record, saves, and settles conflicts. */
export function SaveDialog({ opened, onClose, text, source, onSaved }: Props) {
  const [conflicts, setConflicts] = useState<Conflict[]>();
  const [note, setNote] = useState(() => emptyNote(text.base === undefined ? `Add ${text.title}` : ''));
  const mayPublish = useMay('publish');
  const [where, setWhere] = useState(text.draft ? 'this-draft' : mayPublish ? 'library' : 'new-draft');
  const [draftName, setDraftName] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const cache = useQueryClient();
  const newDraft = `campaign/${tidyId(draftName).replaceAll('/', '-') || 'my-changes'}`;

  const save = async (content: string, base: string | undefined) => {
    setBusy(true);
    setError(undefined);
    try {
      const draft = where === 'library' ? undefined : where === 'this-draft' ? text.draft : newDraft;
      if (where === 'new-draft') await createDraft({ name: newDraft });
      const saved = await saveVersion({
        draft,
        base,
        ...trimmedNote(note),
        files: [{ path: text.path, content }],
      });
      void cache.invalidateQueries();
      say(saved, text, draft);
      onClose();
      onSaved(draft);
    } catch (failure) {
      if (failure instanceof ApiProblem && failure.status === 409 && failure.problem.conflicts?.length)
        setConflicts(failure.problem.conflicts);
      else setError(failure);
    } finally {
      setBusy(false);
    }
  };

  const settle = async (content: string) => {
    // Start from what stands there now; should it move once more, this dialog simply asks again.
    const newest = await getPrompt(text.id, { draft: where === 'this-draft' ? text.draft : undefined }).catch(
      () => undefined,
    );
    await save(content, newest?.base ?? text.base);
  };

  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={conflicts ? 'Choose what it shall say' : 'What did you change and why?'}
      size="xl"
    >
      {conflicts ? (
        <div className="stack">
          <Conflicts
            conflicts={conflicts}
            sides={{ ours: 'Their wording', theirs: 'Your wording' }}
            act="Save version"
            busy={busy}
            onResolve={(resolutions) =>
              void settle(resolutions.find((one) => one.path === text.path)?.content ?? source)
            }
          />
          {error !== undefined && <ProblemNote error={error} />}
        </div>
      ) : (
        <DialogForm
          act="Save version"
          cancel="Go on editing"
          ready={note.subject.trim() !== ''}
          busy={busy}
          error={error}
          onCancel={onClose}
          onSubmit={() => void save(source, text.base)}
        >
          <Changed before={text.base === undefined ? '' : text.source} after={source} />
          <ChangeFields
            note={note}
            onChange={setNote}
            label="What changed"
            description="One line, as you would tell a colleague"
            placeholder="Name one thing to do next, and only one"
            paths={[text.path]}
            wordingOnly={text.base !== undefined && settingsOf(text.source) === settingsOf(source)}
          />
          <Where
            where={where}
            onWhere={setWhere}
            draft={text.draft}
            mayPublish={mayPublish}
            name={draftName}
            onName={setDraftName}
            shownName={newDraft}
          />
        </DialogForm>
      )}
    </Modal>
  );
}

/** What stands above the text: some rules ask for less where only the text below changed. */
const settingsOf = (source: string) => /^---\r?\n[\s\S]*?\r?\n---(?:\r?\n|$)/.exec(source)?.[0] ?? '';

function say(saved: SavedVersion, text: EditedText, draft: string | undefined) {
  const number = saved.versions.find((version) => version.path === text.path)?.version;
  const found = saved.diagnostics.filter((diagnostic) => diagnostic.severity === 'error').length;
  toast(number ? `Version ${number} is saved` : 'Saved', {
    text:
      found > 0
        ? `It has ${found} ${found === 1 ? 'problem' : 'problems'}.`
        : saved.joined?.includes(text.path)
          ? 'What was saved meanwhile stands in it, too.'
          : draft
            ? `On draft ${draftTitle(draft)}.`
            : 'It goes live with the next release.',
  });
}

function Changed({ before, after }: { before: string; after: string }) {
  const words = useMemo(() => compareWords(before, after), [before, after]);
  if (before === '') return null;
  return (
    <section aria-label="Your changes" className="save-diff">
      <WordDiff words={words} context={90} />
    </section>
  );
}

function Where(props: {
  where: string;
  onWhere: (where: string) => void;
  draft?: string;
  mayPublish: boolean;
  name: string;
  onName: (name: string) => void;
  shownName: string;
}) {
  const { where, onWhere, draft, mayPublish } = props;
  return (
    <Radio.Group label="Where" value={where} onChange={onWhere}>
      <div className="stack tight" style={{ paddingTop: 6 }}>
        {draft && <Radio value="this-draft" label={`On the draft ${draftTitle(draft)}`} />}
        {!draft && mayPublish && (
          <Radio
            value="library"
            label="In the library"
            description="Everybody sees it; it goes live only with a release."
          />
        )}
        {!draft && (
          <Radio
            value="new-draft"
            label="On a draft of its own"
            description={mayPublish ? undefined : 'Somebody who may publish takes it into the library.'}
          />
        )}
        {where === 'new-draft' && (
          <TextInput
            label="Name of the draft"
            placeholder="autumn activation"
            description={`Kept as ${props.shownName}`}
            value={props.name}
            onChange={(event) => props.onName(event.currentTarget.value)}
          />
        )}
      </div>
    </Radio.Group>
  );
}
