import { Button, Textarea } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { Conflict, Resolution } from '@/api/types';
import { type Choice, chosenText, mergeParts, resolve } from '@/lib/conflicts';
import { Icon } from './Icon';
import './conflicts.css';

export type Sides = { ours: string; theirs: string };

/**
 * Two people changed the same part: shows each part in both wordings and lets the person choose.
 * `ours` is what stands in the library, `theirs` is what is being brought.
 */
export function Conflicts({
  conflicts,
  sides,
  act,
  busy,
  onResolve,
}: {
  conflicts: Conflict[];
  sides: Sides;
  act: string;
  busy?: boolean;
  onResolve: (resolutions: Resolution[]) => void;
}) {
  const [choices, setChoices] = useState<Record<string, Record<number, Choice>>>({});
  const [whole, setWhole] = useState<Record<string, 'keep' | 'delete'>>({});
  const files = useMemo(
    () => conflicts.map((conflict) => ({ conflict, parts: mergeParts(conflict) })),
    [conflicts],
  );

  const resolutions = files.map(({ conflict, parts }): Resolution | undefined => {
    if (parts.some((part) => part.kind === 'clash')) {
      const content = resolve(parts, choices[conflict.path] ?? {});
      return content === undefined ? undefined : { path: conflict.path, content };
    }
    const decided = whole[conflict.path];
    if (!decided) return undefined;
    const hunk = conflict.hunks[0];
    const kept = conflict.merged ?? hunk?.theirs ?? '';
    return { path: conflict.path, content: decided === 'keep' ? kept || hunk?.ours || '' : undefined };
  });
  const open = resolutions.filter((resolution) => !resolution).length;

  return (
    <section className="stack" aria-label="Two people changed the same part">
      <div className="banner note">
        <h2>Two people changed the same part</h2>
        <p className="quiet">Choose what it shall say. Nothing is lost: both wordings stay in the history.</p>
      </div>
      {files.map(({ conflict, parts }) => (
        <div key={conflict.path} className="tile stack">
          <h3 className="tile-title wrap-any">{conflict.path}</h3>
          {parts.map((part) =>
            part.kind === 'clash' ? (
              <Clash
                key={part.index}
                number={part.index + 1}
                ours={part.hunk.ours}
                theirs={part.hunk.theirs}
                sides={sides}
                choice={choices[conflict.path]?.[part.index]}
                bothText={chosenText(part.hunk, 'both')}
                onChoose={(choice) =>
                  setChoices((now) => ({
                    ...now,
                    [conflict.path]: { ...now[conflict.path], [part.index]: choice },
                  }))
                }
              />
            ) : null,
          )}
          {!parts.some((part) => part.kind === 'clash') && (
            <div className="stack tight">
              <p>One of you deleted this text while the other changed it.</p>
              <fieldset className="row choices">
                <legend className="visually-hidden">{`What shall become of ${conflict.path}`}</legend>
                <ChoiceButton
                  chosen={whole[conflict.path] === 'keep'}
                  onClick={() => setWhole({ ...whole, [conflict.path]: 'keep' })}
                >
                  Keep the changed text
                </ChoiceButton>
                <ChoiceButton
                  chosen={whole[conflict.path] === 'delete'}
                  onClick={() => setWhole({ ...whole, [conflict.path]: 'delete' })}
                >
                  Delete it
                </ChoiceButton>
              </fieldset>
            </div>
          )}
        </div>
      ))}
      <div className="row">
        <Button
          disabled={open > 0}
          loading={busy}
          onClick={() => onResolve(resolutions.filter((r): r is Resolution => r !== undefined))}
        >
          {act}
        </Button>
        {open > 0 && (
          <span className="quiet small">{`Still to choose in ${open} ${open === 1 ? 'file' : 'files'}`}</span>
        )}
      </div>
    </section>
  );
}

function ChoiceButton({
  chosen,
  onClick,
  children,
}: {
  chosen: boolean;
  onClick: () => void;
  children: React.ReactNode;
}) {
  return (
    <button type="button" className="choice" aria-pressed={chosen} onClick={onClick}>
      {chosen && <Icon name="check" size={14} />}
      {children}
    </button>
  );
}

function Clash(props: {
  number: number;
  ours: string;
  theirs: string;
  sides: Sides;
  choice?: Choice;
  bothText: string;
  onChoose: (choice: Choice) => void;
}) {
  const { number, ours, theirs, sides, choice, onChoose } = props;
  const edited = typeof choice === 'object' ? choice.edited : undefined;
  return (
    <div className="clash">
      <div className="clash-sides">
        <div className={choice === 'ours' || choice === 'both' ? 'side chosen' : 'side'}>
          <span className="label">{sides.ours}</span>
          <pre>{ours || '(nothing)'}</pre>
        </div>
        <div className={choice === 'theirs' || choice === 'both' ? 'side chosen' : 'side'}>
          <span className="label">{sides.theirs}</span>
          <pre>{theirs || '(nothing)'}</pre>
        </div>
      </div>
      <fieldset className="row choices">
        <legend className="visually-hidden">{`Part ${number}: which wording`}</legend>
        <ChoiceButton
          chosen={choice === 'ours'}
          onClick={() => onChoose('ours')}
        >{`Use ${sides.ours.toLowerCase()}`}</ChoiceButton>
        <ChoiceButton
          chosen={choice === 'theirs'}
          onClick={() => onChoose('theirs')}
        >{`Use ${sides.theirs.toLowerCase()}`}</ChoiceButton>
        <ChoiceButton chosen={choice === 'both'} onClick={() => onChoose('both')}>
          Use both
        </ChoiceButton>
        <ChoiceButton
          chosen={edited !== undefined}
          onClick={() => onChoose({ edited: edited ?? props.bothText })}
        >
          Write it anew
        </ChoiceButton>
      </fieldset>
      {edited !== undefined && (
        <Textarea
          label={`Part ${number}, your wording`}
          value={edited}
          onChange={(event) => onChoose({ edited: event.currentTarget.value })}
          autosize
          minRows={2}
          styles={{ input: { fontFamily: 'var(--mono)', fontSize: 13 } }}
        />
      )}
    </div>
  );
}
