import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { compareQuery } from '@/api/queries';
import type { Piece, Prompt, Section } from '@/api/types';
import { Loaded } from '@/components/Loaded';
import { Empty } from '@/components/Page';
import { PieceChip } from '@/components/PieceChip';
import { Said } from '@/components/Said';
import { useExpectedWords } from '@/components/session';
import { WordDiff } from '@/components/WordDiff';
import { date, personName } from '@/lib/format';
import { outcomeTone } from '@/lib/outcome';
import { messageRoleWords, quoted } from '@/lib/words-shown';
import { type NumberedNote, numberNotes } from './margin';
import { goesOn, paragraphs, runsOf, saysSomething } from './runs';

/** A space without width that ties the number to the word before it. */
const NO_BREAK = '\u00a0';

/** The prompt as a text to be read, its story in the margin. */
export function TextView({ prompt }: { prompt: Prompt }) {
  const [view, setView] = useState('text');
  const [lit, setLit] = useState<number>();
  const notes = numberNotes(prompt);
  if (prompt.sections.length === 0) {
    return <Empty title="No text yet">Once this file has a text, it is set here to be read.</Empty>;
  }
  return (
    <div className="edition">
      <article className="edition-text" aria-label="Text of the prompt">
        {prompt.version > 1 && (
          <SegmentedControl
            className="edition-switch"
            size="xs"
            aria-label="What to read"
            value={view}
            onChange={setView}
            data={[
              { value: 'text', label: 'Text' },
              { value: 'change', label: 'Last change' },
            ]}
          />
        )}
        {view === 'change' && <LastChange prompt={prompt} />}
        {view === 'text' &&
          prompt.sections.map((section, index) => (
            <SectionText key={index} section={section} notes={notes} lit={lit} onLight={setLit} />
          ))}
      </article>
      <aside className="margin" aria-label="Notes in the margin">
        {notes.length === 0 && (
          <p className="small quiet">
            No notes yet. Each saved version that changes a passage gets a note here: who, why, and what it
            brought.
          </p>
        )}
        {notes.map((entry) => (
          <Note
            key={entry.number}
            entry={entry}
            lit={lit === entry.number}
            onLight={setLit}
            live={prompt.live[0]?.version}
          />
        ))}
      </aside>
    </div>
  );
}

/** The newest version marked as an editor would: struck and inserted. */
function LastChange({ prompt }: { prompt: Prompt }) {
  const comparison = useQuery(compareQuery(prompt.id, prompt.version - 1, prompt.version));
  return (
    <Loaded query={comparison}>
      {(data) => (
        <div className="stack">
          <p className="small quiet">{`What Version ${data.to.version} changed: ${data.to.subject}`}</p>
          <WordDiff words={data.words} />
        </div>
      )}
    </Loaded>
  );
}

type Lighting = { notes: NumberedNote[]; lit?: number; onLight: (number: number | undefined) => void };

function SectionText({ section, notes, lit, onLight }: { section: Section } & Lighting) {
  const runs = runsOf(section.pieces);
  return (
    <section>
      <h2 className="label">{messageRoleWords[section.role] ?? section.role}</h2>
      <div className="edition-body">
        {runs.map((run, index) => {
          const number = notes.find((entry) => entry.note.version === run.version)?.number;
          const content = run.pieces.map((piece, at) => <PieceText key={at} piece={piece} />);
          const noted = number !== undefined && run.pieces.some(saysSomething);
          return (
            <span key={index}>
              {noted ? (
                <>
                  {/* biome-ignore lint/a11y/noStaticElementInteractions: the number is the control; hovering the passage is a convenience */}
                  <span
                    className={lit === number ? 'passage lit' : 'passage'}
                    onMouseEnter={() => onLight(number)}
                    onMouseLeave={() => onLight(undefined)}
                  >
                    {content}
                  </span>
                  {!goesOn(runs, index) && (
                    <span className="note-tie">
                      <span>{NO_BREAK}</span>
                      <a
                        href={`#note-${number}`}
                        className="note-number"
                        aria-label={`Note ${number}`}
                        onFocus={() => onLight(number)}
                        onBlur={() => onLight(undefined)}
                        onMouseEnter={() => onLight(number)}
                        onMouseLeave={() => onLight(undefined)}
                      >
                        {number}
                      </a>
                    </span>
                  )}
                </>
              ) : (
                content
              )}
              <Spaced text={run.after} />
            </span>
          );
        })}
      </div>
    </section>
  );
}

function PieceText({ piece }: { piece: Piece }) {
  return piece.kind === 'text' ? <Spaced text={piece.text} /> : <PieceChip piece={piece} />;
}

function Spaced({ text }: { text: string }) {
  return (
    <>
      {paragraphs(text).map((part, index) => (
        <span key={index}>
          {index > 0 && <span className="edition-gap" />}
          {part}
        </span>
      ))}
    </>
  );
}

function Note({
  entry,
  lit,
  onLight,
  live,
}: {
  entry: NumberedNote;
  lit: boolean;
  onLight: (n: number | undefined) => void;
  live?: number;
}) {
  const { number, note } = entry;
  const expected = useExpectedWords();
  const tone = outcomeTone(note.outcome);
  return (
    <section
      id={`note-${number}`}
      className={`note ${tone} ${lit ? 'lit' : ''}`}
      aria-label={`Note ${number}, Version ${note.version}`}
      tabIndex={-1}
      onMouseEnter={() => onLight(number)}
      onMouseLeave={() => onLight(undefined)}
      onFocus={() => onLight(number)}
      onBlur={() => onLight(undefined)}
    >
      <p className="note-head">
        <strong>{`${number} · Version ${note.version}`}</strong>
        <span>{` ${personName(note.author)}, ${date(note.at)}${note.version === live ? ', live' : ''}`}</span>
      </p>
      <p className="note-words">{quoted(note.record.problem || note.subject)}</p>
      {note.record.problem && <p className="note-fact">{note.subject}</p>}
      {note.record.hypothesis && (
        <p className="note-fact">{`Expected: ${expected(note.record.hypothesis)}`}</p>
      )}
      {note.outcome && (
        <p className={`note-fact outcome ${tone}`}>
          <Said text={note.outcome.sentence} />
        </p>
      )}
    </section>
  );
}
