import { Button } from '@mantine/core';
import { useState } from 'react';
import { testLadder } from '@/api/escalation-queries';
import type { Ladder, TestedLadder } from '@/api/types';
import { ActButton } from '@/components/ActButton';
import { useAct, useMay } from '@/components/session';
import { plural } from '@/lib/format';

/** A ladder drawn as its steps, and a test of it. */
export function LadderTile({ ladder }: { ladder: Ladder }) {
  const may = useMay('roll-back');
  const [tested, setTested] = useState<TestedLadder>();
  const test = useAct(testLadder, { onDone: setTested });
  const title = `ladder-${ladder.id}`;
  return (
    <section className="tile stack" aria-labelledby={title}>
      <div className="between">
        <div className="grow">
          <h2 id={title} className="tile-title" style={{ margin: 0 }}>
            {ladder.title}
          </h2>
          <p className="small quiet">{narrowed(ladder)}</p>
        </div>
        {may && (
          <ActButton variant="default" busy={test.isPending} onClick={() => test.mutate(ladder.id)}>
            {`Test “${ladder.title}”`}
          </ActButton>
        )}
      </div>
      <ol className="ladder">
        {ladder.steps.map((step, at) => (
          <li key={at}>
            <strong className="wrap-any">{step.tell.join(', ')}</strong>
            <span className="small quiet">
              {`by ${step.by.join(' and ')}; then wait ${plural(step.minutes, 'minute')} for an answer`}
            </span>
          </li>
        ))}
      </ol>
      {ladder.repeat > 0 && (
        <p className="small quiet">{`Where nobody answers, again: ${plural(ladder.repeat, 'more round')}.`}</p>
      )}
      {tested && <Tested tested={tested} onClose={() => setTested(undefined)} />}
    </section>
  );
}

function narrowed(ladder: Ladder): string {
  const parts = [
    ladder.causes.join(', '),
    ladder.environments.length > 0 && `in ${ladder.environments.join(', ')}`,
    ladder.kpis.length > 0 && `about ${ladder.kpis.join(', ')}`,
    ladder.paths.length > 0 && `at ${ladder.paths.join(', ')}`,
    ladder.urgency && `at least ${ladder.urgency}`,
  ].filter(Boolean);
  return parts.length === 0 ? 'For everything that no other ladder takes' : `For ${parts.join('; ')}`;
}

function Tested({ tested, onClose }: { tested: TestedLadder; onClose: () => void }) {
  return (
    <div className="banner good between" role="status">
      <div className="stack tight grow wrap-any">
        <strong>The test is on its way</strong>
        {tested.steps.map((step, at) => (
          <span key={at}>
            {`Step ${at + 1}: ${step.told.join(', ') || 'nobody is written to'}`}
            {step.nobody.length > 0 && ` (there is nobody for ${step.nobody.join(', ')})`}
          </span>
        ))}
      </div>
      <Button variant="default" size="xs" onClick={onClose}>
        Close
      </Button>
    </div>
  );
}
