import { SegmentedControl, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { changeFileQuery, promptQuery } from '@/api/queries';
import type { ChangeDetail, ChangedFile, Message, Variable } from '@/api/types';
import { Bones, Loaded } from '@/components/Loaded';
import { Messages } from '@/components/Messages';
import { WordDiff } from '@/components/WordDiff';
import { samplePeople, sampleValues } from '@/lib/samples';
import { compareWords } from '@/lib/words';
import { messageRoleWords, sentenceCase } from '@/lib/words-shown';

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
            <div className="preview-sides">
              <Side title="Before" messages={data.preview_before} none="It is not in the library yet." />
              <Side title="After" messages={data.preview_after} none="It does not come together." />
            </div>
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

function Side({ title, messages, none }: { title: string; messages: Message[]; none: string }) {
  return (
    <section className="stack tight" aria-label={title}>
      <h4 className="label">{title}</h4>
      {messages.length === 0 ? <p className="tile quiet">{none}</p> : <Messages messages={messages} />}
    </section>
  );
}

const asText = (messages: Message[]) =>
  messages
    .map((message) => `${messageRoleWords[message.role] ?? message.role}\n${message.content.trim()}\n`)
    .join('\n');
