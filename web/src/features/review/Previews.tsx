import { SegmentedControl, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Fragment, useMemo, useState } from 'react';
import { changeFileQuery, promptQuery } from '@/api/queries';
import type { ChangeDetail, ChangedFile, Message, Variable } from '@/api/types';
import { Bones, Loaded } from '@/components/Loaded';
import { WordDiff } from '@/components/WordDiff';
import { folded, sideRows } from '@/lib/marked';
import { samplePeople, sampleValues } from '@/lib/samples';
import { compareWords } from '@/lib/words';
import { messageRoleWords, sentenceCase } from '@/lib/words-shown';
import { Spans } from './MarkedFile';

const NONE: Variable[] = [];

/** What the model would read before and after, for a sample person whose values can be changed. */
export function Previews({ change, file }: { change: ChangeDetail; file: ChangedFile }) {
  const [person, setPerson] = useState('0');
  const [own, setOwn] = useState<Record<string, string>>({});
  const [view, setView] = useState('sides');
  const at = change.status === 'open' && file.kind !== 'deleted' ? { draft: change.draft } : {};
  const variables = useQuery(promptQuery(file.id, at)).data?.variables ?? NONE;
  const values = useMemo(
    () => ({ ...sampleValues(variables, Number(person)), ...own }),
    [variables, person, own],
  );
  const compared = useQuery(changeFileQuery(change.number, file.path, values));
  return (
    <div className="stack">
      <div className="between">
        <Select
          label="Shown for"
          data={samplePeople}
          value={person}
          onChange={(next) => {
            if (next) setPerson(next);
            setOwn({});
          }}
          allowDeselect={false}
        />
        <SegmentedControl
          size="xs"
          aria-label="How to compare"
          value={view}
          onChange={setView}
          data={[
            { value: 'sides', label: 'Side by side' },
            { value: 'text', label: 'As one text' },
          ]}
        />
      </div>
      {variables.length > 0 && (
        <details>
          <summary className="small">{`Values of ${variables.length} variables`}</summary>
          <div className="value-grid">
            {variables.map((variable) => (
              <TextInput
                key={variable.name}
                size="xs"
                label={sentenceCase(variable.name)}
                value={String(values[variable.name as keyof typeof values] ?? '')}
                onChange={(event) => setOwn({ ...own, [variable.name]: event.currentTarget.value })}
              />
            ))}
          </div>
        </details>
      )}
      <Loaded
        query={compared}
        shape={
          <div className="tile">
            <Bones rows={6} />
          </div>
        }
      >
        {(data) =>
          view === 'sides' ? (
            <SideBySide before={data.preview_before} after={data.preview_after} />
          ) : (
            <div className="tile">
              <WordDiff
                words={compareWords(asText(data.preview_before), asText(data.preview_after))}
                as="source"
              />
            </div>
          )
        }
      </Loaded>
    </div>
  );
}

/** Both texts line by line, so that what belongs together stands side by side; what is alike is folded. */
function SideBySide({ before, after }: { before: Message[]; after: Message[] }) {
  const [open, setOpen] = useState<number[]>([]);
  const lines = useMemo(() => sideRows(asText(before), asText(after)), [before, after]);
  if (lines.every((line) => !line.changed))
    return <p className="tile quiet">For this person the model reads the same, word for word.</p>;
  return (
    <section className="side-by-side" aria-label="What the model reads, before and after">
      <span className="label">Before</span>
      <span className="label after">After</span>
      {folded(lines).map((part, index) =>
        part.kind === 'fold' && !open.includes(part.at) ? (
          <span key={`fold ${part.at}`} className="across">
            <button type="button" className="fold" onClick={() => setOpen([...open, part.at])}>
              {`${part.lines.length} lines alike, show`}
            </button>
          </span>
        ) : (
          part.lines.map((line, at) => (
            <Fragment key={`${index} ${at}`}>
              <span>
                <Spans spans={line.left ?? []} as="source" />
              </span>
              <span className="after">
                <Spans spans={line.right ?? []} as="source" />
              </span>
            </Fragment>
          ))
        ),
      )}
    </section>
  );
}

const asText = (messages: Message[]) =>
  messages
    .map((message) => `${messageRoleWords[message.role] ?? message.role}\n${message.content.trim()}\n`)
    .join('\n');
