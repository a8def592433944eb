import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { preview } from '@/api/operations';
import { Icon } from '@/components/Icon';
import { Pill } from '@/components/Pill';
import { Read } from '@/components/WordDiff';
import { type Choices, type ClashFile, resultOf, saysOf } from '@/lib/clash';
import { plainSentence } from '@/lib/standing';
import { settingName } from '@/lib/words-shown';

/** The file as it will stand, while it is decided; parts that are open are gaps. */
export function Result({ file, choices, draft }: { file: ClashFile; choices: Choices; draft: string }) {
  const result = resultOf(file, choices);
  const errors = useErrors(file.path, result, draft);
  return (
    <aside className="result" aria-label={`What ${file.path} will say`}>
      <div className="between">
        <span className="label">What it will say</span>
        {result === undefined ? (
          <Pill icon="ring">not decided yet</Pill>
        ) : result === null ? (
          <Pill tone="red" icon="cross">
            will be deleted
          </Pill>
        ) : errors && errors.length > 0 ? (
          <Pill tone="red" icon="warning">
            has an error
          </Pill>
        ) : (
          <Pill tone="green" icon="check">
            decided
          </Pill>
        )}
      </div>
      {errors?.map((error) => (
        <p key={`${error.line} ${error.message}`} className="small result-error">
          <Icon name="warning" size={14} /> {`Line ${error.line}: ${plainSentence(error.message)}`}
        </p>
      ))}
      <Text file={file} choices={choices} />
    </aside>
  );
}

function Text({ file, choices }: { file: ClashFile; choices: Choices }) {
  const box = useRef<HTMLElement>(null);
  const newest = useNewest(choices);
  useEffect(() => {
    if (newest === undefined) return;
    const gap = [...(box.current?.querySelectorAll('[data-part]') ?? [])].find(
      (element) => element.getAttribute('data-part') === newest,
    );
    if (box.current && gap instanceof HTMLElement) box.current.scrollTop = Math.max(0, gap.offsetTop - 80);
  }, [newest]);
  if ('whole' in file) {
    const result = resultOf(file, choices);
    if (result === undefined) return <p className="gap">open</p>;
    return result === null ? (
      <p className="quiet">The file is taken out of the draft.</p>
    ) : (
      <div className="result-text">{result}</div>
    );
  }
  return (
    <section className="result-text" ref={box} tabIndex={0} aria-label="The text so far">
      {file.parts.map((part, index) => {
        if (part.kind === 'settled')
          return (
            <Settled
              key={index}
              text={part.text}
              first={index === 0}
              last={index === file.parts.length - 1}
            />
          );
        const { key } = part.decision;
        const choice = choices[key];
        if (choice === undefined)
          return (
            <span key={key} data-part={key} className="gap">
              {part.decision.field ? `${settingName(part.decision.field)}: to be decided` : 'to be decided'}
            </span>
          );
        const text = saysOf(part.decision, choice);
        return (
          <ins key={key} data-part={key}>
            <span className="visually-hidden">decided: </span>
            {text === '' ? <span className="quiet">(nothing)</span> : <Read text={text} />}
          </ins>
        );
      })}
    </section>
  );
}

const NEAR_LINES = 4;

/** What both have alike; only what stands near a decision is shown at first. */
function Settled({ text, first, last }: { text: string; first: boolean; last: boolean }) {
  const [open, setOpen] = useState(false);
  const lines = text.split('\n');
  const head = first ? 0 : NEAR_LINES;
  const tail = last ? 0 : NEAR_LINES;
  const hidden = lines.length - head - tail;
  if (open || hidden < NEAR_LINES) return <Read text={text} />;
  return (
    <>
      <Read text={lines.slice(0, head).join('\n')} />
      {head > 0 && '\n'}
      <button type="button" className="fold" onClick={() => setOpen(true)}>
        {`${hidden} lines alike, show`}
      </button>
      {tail > 0 && '\n'}
      <Read text={tail > 0 ? lines.slice(-tail).join('\n') : ''} />
    </>
  );
}

/** The key that was decided last. */
function useNewest(choices: Choices): string | undefined {
  const before = useRef(choices);
  const key = Object.keys(choices).find((one) => choices[one] !== before.current[one]);
  useEffect(() => {
    before.current = choices;
  }, [choices]);
  return key;
}

/** What would be wrong with the decided text, asked a moment after the last choice. */
function useErrors(path: string, result: string | null | undefined, draft: string) {
  const [source] = useDebouncedValue(result ?? undefined, 300);
  const checked = useQuery({
    queryKey: ['deciding-check', path, source],
    queryFn: ({ signal }) => preview({ path, source: source ?? '', draft }, { signal }),
    enabled: source !== undefined && path.endsWith('.prompt'),
  });
  return source === undefined
    ? undefined
    : checked.data?.diagnostics.filter((one) => one.severity === 'error');
}
