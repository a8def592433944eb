import { Button, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { changeFileQuery, promptQuery } from '@/api/queries';
import type { Anchor, ChangeDetail, ChangedFile, FileComparison, Thread } from '@/api/types';
import { Icon } from '@/components/Icon';
import { Bones, Loaded } from '@/components/Loaded';
import { Pill } from '@/components/Pill';
import { useMay } from '@/components/session';
import { draftLine, linesBefore, linesOf, markedLines } from '@/lib/marked';
import { plainSentence } from '@/lib/standing';
import { settingName } from '@/lib/words-shown';
import { Composer } from './Composer';
import { FieldDiff } from './FieldDiff';
import { MarkedFile, type Side } from './MarkedFile';
import { Previews } from './Previews';
import { ThreadNote } from './ThreadNote';

const kindWords: Record<string, string> = { added: 'new', changed: 'changed', deleted: 'removed' };
const NOTHING = {};
type View = 'text' | 'source' | 'preview';

/** One file of a change: what differs, with its discussions in the margin. */
export function FileSection({
  change,
  file,
  index,
}: {
  change: ChangeDetail;
  file: ChangedFile;
  index: number;
}) {
  const [open, setOpen] = useState(index < 6);
  const [view, setView] = useState<View>(/partial|prompt/.test(file.file_kind) ? 'text' : 'source');
  const compared = useQuery({ ...changeFileQuery(change.number, file.path, NOTHING), enabled: open });
  const threads = change.threads.filter((thread) => thread.anchor.path === file.path);
  const errors = change.diagnostics.filter((one) => one.path === file.path && one.severity === 'error');
  const isPrompt = file.file_kind === 'prompt';
  const clashes = change.blockers.some((one) => one.code === 'conflict' && one.path === file.path);
  return (
    <section className="file" aria-labelledby={`file-${index}`} id={`file-${file.path}`}>
      <header className="file-head">
        <h3 id={`file-${index}`} className="wrap-any">
          {file.id || file.path}
        </h3>
        <span className="row">
          <Pill
            tone={file.kind === 'deleted' ? 'red' : file.kind === 'added' ? 'green' : 'blue'}
            icon={file.kind === 'deleted' ? 'cross' : file.kind === 'added' ? 'plus' : 'edit'}
          >
            {kindWords[file.kind] ?? file.kind}
          </Pill>
          {file.wording_only && <Pill>wording only</Pill>}
          {errors.length > 0 && (
            <Pill tone="red" icon="warning">
              {errors.length === 1 ? 'an error' : `${errors.length} errors`}
            </Pill>
          )}
          <Button
            variant="subtle"
            size="compact-sm"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
            rightSection={<Icon name={open ? 'down' : 'right'} size={14} />}
          >
            {open ? 'Fold' : 'Show'}
            <span className="visually-hidden">{` ${file.id || file.path}`}</span>
          </Button>
        </span>
      </header>
      {open && (
        <>
          <SegmentedControl
            className="file-switch"
            size="xs"
            aria-label={`How to show ${file.id || file.path}`}
            value={view}
            onChange={(next) => setView(next as View)}
            data={[
              { value: 'text', label: 'Text' },
              { value: 'source', label: 'As typed' },
              ...(isPrompt ? [{ value: 'preview', label: 'What the model reads' }] : []),
            ]}
          />
          {clashes && <Clashes draft={change.draft} />}
          {view === 'preview' ? (
            <Previews change={change} file={file} />
          ) : (
            <Loaded
              query={compared}
              shape={
                <div className="tile">
                  <Bones rows={6} />
                </div>
              }
            >
              {(data) => <Marked change={change} data={data} threads={threads} as={view} />}
            </Loaded>
          )}
          {errors.map((error) => (
            <p key={`${error.line} ${error.message}`} className="small file-error">
              <Icon name="warning" size={14} /> {`Line ${error.line}: ${plainSentence(error.message)}`}
            </p>
          ))}
        </>
      )}
    </section>
  );
}

/** The library has another wording of the same part: what is shown is the draft’s own. */
function Clashes({ draft }: { draft: string }) {
  return (
    <p className="banner owed small">
      Two people changed the same part of this file. Shown is what this draft says, beside the library.{' '}
      <Link to="/drafts/$name/resolve" params={{ name: draft }} className="link">
        Decide what stands
      </Link>
    </p>
  );
}

/** Begins a discussion with a place in words and, for a line, its text. */
type Begun = { anchor: Anchor; place: string; text?: string };

function Marked({
  change,
  data,
  threads,
  as,
}: {
  change: ChangeDetail;
  data: FileComparison;
  threads: Thread[];
  as: 'text' | 'source';
}) {
  const [lit, setLit] = useState<number>();
  const [begun, setBegun] = useState<Begun>();
  const mayComment = useMay('comment') && change.head != null;
  const file = data.after ?? data.before ?? '';
  const lines = useMemo(
    () =>
      markedLines(
        data.words,
        1 + linesBefore(data.after ?? '', data.words),
        1 + linesBefore(data.before ?? '', data.words, 'old'),
      ),
    [data.after, data.before, data.words],
  );
  const ties = useMemo(() => tiesOf(threads), [threads]);
  const lineInDraft = useLineInDraft(change, data);
  useEffect(() => {
    if (lit !== undefined) document.getElementById(`thread-${lit}`)?.scrollIntoView?.({ block: 'nearest' });
  }, [lit]);
  const comment = (line: number, side: Side) => {
    if (side === 'old') {
      setBegun({ anchor: { path: data.path, side, line, field: '' }, place: `Line ${line}, which went` });
      return;
    }
    const there = lineInDraft(line);
    setBegun(
      there === undefined
        ? { anchor: { path: data.path, field: '' }, place: 'This file (the line came from the library)' }
        : {
            anchor: { path: data.path, side: 'new', line: there, field: '' },
            place: `Line ${line}`,
            text: change.status === 'open' ? linesOf(file, line) : undefined,
          },
    );
  };
  return (
    <div className="annotated">
      <div className="stack tight grow">
        {data.fields.length > 0 && (
          <FieldDiff
            fields={data.fields}
            threads={threads}
            onComment={
              mayComment
                ? (field) =>
                    setBegun({ anchor: { path: data.path, field }, place: `Setting: ${settingName(field)}` })
                : undefined
            }
          />
        )}
        {lines.length > 0 && (
          <MarkedFile
            lines={lines}
            ties={ties}
            as={as}
            lit={lit}
            onLight={setLit}
            onComment={mayComment ? comment : undefined}
            label={`Text of ${data.path}`}
          />
        )}
      </div>
      <aside className="remarks" aria-label={`Discussions on ${data.path}`}>
        {begun && (
          <Composer
            key={JSON.stringify(begun.anchor)}
            change={change.number}
            {...begun}
            onDone={() => setBegun(undefined)}
          />
        )}
        {threads.map((thread) => (
          <ThreadNote
            key={thread.number}
            thread={thread}
            place={placeOf(thread)}
            moved={thread.commit !== change.head}
            open={change.status === 'open'}
            lit={lit === thread.number}
            onLight={setLit}
          />
        ))}
        {mayComment && !begun && (
          <div>
            <Button
              variant="subtle"
              size="compact-sm"
              onClick={() => setBegun({ anchor: { path: data.path, field: '' }, place: 'This file' })}
            >
              Comment on this file
            </Button>
            {threads.length === 0 && (
              <p className="small quiet">Or press a line’s number to speak about that line.</p>
            )}
          </div>
        )}
      </aside>
    </div>
  );
}

function tiesOf(threads: Thread[]): Map<string, number[]> {
  const ties = new Map<string, number[]>();
  for (const { anchor, number, settled } of threads) {
    if (anchor.line == null || settled) continue;
    const tie = `${anchor.side ?? 'new'} ${anchor.line}`;
    ties.set(tie, [...(ties.get(tie) ?? []), number]);
  }
  return ties;
}

export function placeOf({ anchor }: Thread): string {
  if (anchor.line != null) return `Line ${anchor.line}${anchor.side === 'old' ? ', which went' : ''}`;
  return anchor.field ? `Setting: ${settingName(anchor.field)}` : anchor.path ? 'This file' : 'The whole';
}

/** Comments hang on lines of the draft; where the library has moved on, the text shown has others between. */
function useLineInDraft(change: ChangeDetail, data: FileComparison): (line: number) => number | undefined {
  const moved = change.behind > 0 && change.status === 'open' && data.after != null;
  const id = change.files.find((file) => file.path === data.path)?.id ?? '';
  const draft = useQuery({
    ...promptQuery(id, { draft: change.draft }),
    enabled: moved && data.path.endsWith('.prompt'),
  }).data?.source;
  return (line) => (moved && draft !== undefined ? draftLine(data.after ?? '', draft, line) : line);
}
