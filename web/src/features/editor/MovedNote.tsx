import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';
import { WordDiff } from '@/components/WordDiff';
import { compareWords } from '@/lib/words';
import { draftTitle } from '@/lib/words-shown';
import type { EditedText } from './EditorScreen';
import type { Moved } from './useMoved';

/** Says that somebody else saved the same text meanwhile, and that nothing gets lost by it. */
export function MovedNote({ text, moved }: { text: EditedText; moved: Moved }) {
  const [shown, setShown] = useState(false);
  const words = useMemo(() => compareWords(text.source, moved.source), [text.source, moved.source]);
  const where = text.draft ? `The draft ${draftTitle(text.draft)}` : 'The library';
  return (
    <section className="banner owed stack tight" aria-label="Saved meanwhile">
      <div className="between">
        <div className="grow" role="status">
          <h2>{`${where} has moved: ${moved.by} saved this text meanwhile`}</h2>
          <p className="quiet">
            Write on. When you save, both are put together; where you two changed the same part, you choose.
          </p>
        </div>
        <Button size="xs" variant="default" aria-expanded={shown} onClick={() => setShown(!shown)}>
          {shown ? 'Hide it' : 'See what changed'}
        </Button>
      </div>
      {shown && (
        <div className="save-diff">
          <WordDiff words={words} context={90} />
        </div>
      )}
    </section>
  );
}
