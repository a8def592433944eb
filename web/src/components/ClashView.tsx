import { Textarea } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import { type Choices, type ClashFile, type Decision, keysOf, saysOf } from '@/lib/clash';
import type { Choice } from '@/lib/conflicts';
import { compareWords, joinChanges } from '@/lib/words';
import { settingName } from '@/lib/words-shown';
import { Icon } from './Icon';
import { Read } from './WordDiff';
import './conflicts.css';

/** What the two sides are called: `ours` stands first. */
export type Sides = { ours: string; theirs: string };

type Deciding = {
  sides: Sides;
  choices: Choices;
  onChoose: (key: string, choice: Choice) => void;
  /** The part the keys of the page act on. */
  current?: string;
  /** The number of the first part in this file. */
  first?: number;
};

/** A file in which two people changed the same part: each part in both wordings, and the choice. */
export function ClashView({ file, ...deciding }: { file: ClashFile } & Deciding) {
  const { first = 1 } = deciding;
  if ('whole' in file) return <Whole file={file} {...deciding} />;
  let number = first - 1;
  return file.parts.map((part) => {
    if (part.kind === 'settled') return null;
    number += 1;
    return <Part key={part.decision.key} decision={part.decision} number={number} {...deciding} />;
  });
}

function Part({
  decision,
  number,
  sides,
  choices,
  onChoose,
  current,
}: { decision: Decision; number: number } & Deciding) {
  const { key, field, only } = decision;
  const choice = choices[key];
  const edited = typeof choice === 'object' ? choice.edited : undefined;
  const name = field ? settingName(field) : `Part ${number}`;
  const choose = (next: Choice) => onChoose(key, next);
  return (
    <Card current={current === key} label={name}>
      <div className="between">
        <h4 className="clash-name">{name}</h4>
        {choice !== undefined ? (
          <span className="pill blue">
            <Icon name="check" />
            <span>decided</span>
          </span>
        ) : (
          only && <span className="small quiet">{`Only ${lower(sides[only])} changed this.`}</span>
        )}
      </div>
      <div className="clash-sides">
        <Side
          title={sides.ours}
          text={decision.ours}
          decision={decision}
          chosen={choice === 'ours' || choice === 'both'}
        />
        <Side
          title={sides.theirs}
          text={decision.theirs}
          decision={decision}
          chosen={choice === 'theirs' || choice === 'both'}
        />
      </div>
      <fieldset className="row choices">
        <legend className="visually-hidden">{`${name}: which wording`}</legend>
        <ChoiceButton chosen={choice === 'ours'} onClick={() => choose('ours')} keys="1">
          {`Use ${lower(sides.ours)}`}
        </ChoiceButton>
        <ChoiceButton chosen={choice === 'theirs'} onClick={() => choose('theirs')} keys="2">
          {`Use ${lower(sides.theirs)}`}
        </ChoiceButton>
        {!field && (
          <ChoiceButton chosen={choice === 'both'} onClick={() => choose('both')} keys="3">
            Use both
          </ChoiceButton>
        )}
        <ChoiceButton
          chosen={edited !== undefined}
          onClick={() => choose({ edited: edited ?? ownBegin(decision) })}
          keys="4"
        >
          Write it anew
        </ChoiceButton>
      </fieldset>
      {edited !== undefined && (
        <Textarea
          label={`${name}, your wording`}
          value={edited}
          onChange={(event) => choose({ edited: event.currentTarget.value })}
          autosize
          minRows={2}
          styles={{ input: { fontFamily: 'var(--mono)', fontSize: 13 } }}
        />
      )}
    </Card>
  );
}

const lower = (text: string) => (text[0] ?? '').toLowerCase() + text.slice(1);

/** Own words start from both, so that nothing is lost; a setting can hold one only. */
export const ownBegin = (decision: Decision) =>
  (decision.field ? decision.ours || decision.theirs : saysOf(decision, 'both')).replace(/\n$/, '');

/** One wording; what it changed is marked. */
function Side({
  title,
  text,
  decision,
  chosen,
}: {
  title: string;
  text: string;
  decision: Decision;
  chosen: boolean;
}) {
  const { base, field } = decision;
  const shown = field ? fieldValue(text) : text.replace(/\n$/, '');
  const before = field ? fieldValue(base) : base.replace(/\n$/, '');
  return (
    <div className={chosen ? 'side chosen' : 'side'}>
      <span className="label">{title}</span>
      {shown === '' ? (
        <p className="quiet">{field ? 'not set' : 'takes it out'}</p>
      ) : (
        <div className="side-text">
          {before === '' ? (
            <Read text={shown} />
          ) : (
            joinChanges(compareWords(before, shown))
              .filter((span) => span.kind !== 'delete')
              .map((span, index) =>
                span.kind === 'insert' ? (
                  <ins key={index}>
                    <span className="visually-hidden">inserted: </span>
                    <Read text={span.text} />
                  </ins>
                ) : (
                  <Read key={index} text={span.text} />
                ),
              )
          )}
        </div>
      )}
    </div>
  );
}

const fieldValue = (line: string) => line.replace(/^\s*[\w.-]+:\s?/, '').replace(/\n$/, '');

/** One of the two has no such file any more, or it is no text. */
function Whole({
  file,
  sides,
  choices,
  onChoose,
  current,
}: { file: ClashFile & { whole: { ours: string | null; theirs: string | null } } } & Deciding) {
  const key = keysOf(file)[0] ?? '';
  const choice = choices[key];
  const edited = typeof choice === 'object' ? choice.edited : undefined;
  const { ours, theirs } = file.whole;
  const kept = ours ?? theirs ?? '';
  const gone = ours === null || theirs === null;
  const act = (side: 'ours' | 'theirs') =>
    file.whole[side] === null ? 'Delete it' : gone ? 'Keep the changed text' : `Use ${lower(sides[side])}`;
  return (
    <Card current={current === key} label={file.path}>
      <p>
        {gone
          ? `${ours === null ? sides.ours : sides.theirs} took this file out, while ${lower(ours === null ? sides.theirs : sides.ours)} changed it.`
          : 'Both put another file in its place.'}
      </p>
      {kept !== '' && (
        <details>
          <summary className="small">Read the text</summary>
          <div className="side side-text">{kept}</div>
        </details>
      )}
      <fieldset className="row choices">
        <legend className="visually-hidden">{`What shall become of ${file.path}`}</legend>
        {(['ours', 'theirs'] as const).map((side, index) => (
          <ChoiceButton
            key={side}
            chosen={choice === side}
            onClick={() => onChoose(key, side)}
            keys={String(index + 1)}
          >
            {act(side)}
          </ChoiceButton>
        ))}
        <ChoiceButton
          chosen={edited !== undefined}
          onClick={() => onChoose(key, { edited: edited ?? kept })}
          keys="4"
        >
          Write it anew
        </ChoiceButton>
      </fieldset>
      {edited !== undefined && (
        <Textarea
          label={`${file.path}, your wording`}
          value={edited}
          onChange={(event) => onChoose(key, { edited: event.currentTarget.value })}
          autosize
          minRows={6}
          maxRows={20}
          styles={{ input: { fontFamily: 'var(--mono)', fontSize: 13 } }}
        />
      )}
    </Card>
  );
}

/** A part to decide; the current one is in view and has the focus. */
function Card({ current, label, children }: { current: boolean; label: string; children: ReactNode }) {
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!current) return;
    place.current?.focus({ preventScroll: true });
    place.current?.scrollIntoView?.({ block: 'nearest' });
  }, [current]);
  return (
    <section ref={place} className={current ? 'clash current' : 'clash'} aria-label={label} tabIndex={-1}>
      {children}
    </section>
  );
}

function ChoiceButton({
  chosen,
  onClick,
  keys,
  children,
}: {
  chosen: boolean;
  onClick: () => void;
  keys: string;
  children: ReactNode;
}) {
  return (
    <button type="button" className="choice" aria-pressed={chosen} aria-keyshortcuts={keys} onClick={onClick}>
      {chosen && <Icon name="check" size={14} />}
      {children}
    </button>
  );
}
