import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { Conflict, Resolution } from '@/api/types';
import { type Choices, clashFile, keysOf, resolutionsOf } from '@/lib/clash';
import { ClashView, type Sides } from './ClashView';

/**
 * Two people changed the same part, told while saving: shows each part in both wordings and lets the person choose.
 * `ours` is what was saved first, `theirs` is what is being brought.
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
  const [choices, setChoices] = useState<Choices>({});
  const files = useMemo(() => conflicts.map((conflict) => clashFile(asClash(conflict))), [conflicts]);
  const resolutions = resolutionsOf(files, choices);
  const open = files.flatMap(keysOf).filter((key) => choices[key] === undefined).length;
  return (
    <section className="stack" aria-label="Two people changed the same part">
      <div className="banner owed">
        <h2>Two people changed the same part</h2>
        <p className="quiet">Choose what it shall say. Nothing is lost: both wordings stay in the history.</p>
      </div>
      {files.map((file) => (
        <div key={file.path} className="tile stack">
          <h3 className="tile-title wrap-any">{file.path}</h3>
          <ClashView
            file={file}
            sides={sides}
            choices={choices}
            onChoose={(key, choice) => setChoices((now) => ({ ...now, [key]: choice }))}
          />
        </div>
      ))}
      <div className="row">
        <Button disabled={!resolutions} loading={busy} onClick={() => resolutions && onResolve(resolutions)}>
          {act}
        </Button>
        {open > 0 && (
          <span className="quiet small">{`Still to choose: ${open} ${open === 1 ? 'part' : 'parts'}`}</span>
        )}
      </div>
    </section>
  );
}

/** A refused save tells the text that is kept; the other side took the file out. */
function asClash(conflict: Conflict) {
  const hunk = conflict.hunks[0];
  const kept = conflict.merged || hunk?.theirs || hunk?.ours || '';
  const oursGone = hunk !== undefined && hunk.ours === '' && hunk.theirs !== '';
  const [ours, theirs] = oursGone ? [null, kept] : [kept, null];
  return {
    conflict,
    ours: { is_there: ours !== null, text: ours },
    theirs: { is_there: theirs !== null, text: theirs },
  };
}
