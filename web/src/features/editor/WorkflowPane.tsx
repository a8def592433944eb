import { useState } from 'react';
import type { CheckedWorkflow } from '@/api/types';
import { StepsDrawing } from '@/components/graph/StepsDrawing';
import { Bones } from '@/components/Loaded';

/** The workflow as it is being written; a step leads to its line. */
export function WorkflowPane({
  workflow,
  onLine,
}: {
  workflow?: CheckedWorkflow;
  onLine: (line: number) => void;
}) {
  const [chosen, setChosen] = useState<string>();
  if (!workflow)
    return (
      <section className="tile" aria-label="The workflow" aria-busy="true">
        <Bones rows={8} height={36} />
      </section>
    );
  const go = (id: string) => {
    const line = workflow.steps.find((step) => step.id === id)?.line;
    if (line) onLine(line);
  };
  if (workflow.steps.length === 0)
    return (
      <section className="tile quiet" aria-label="The workflow">
        No step can be read yet. The list on the left says why.
      </section>
    );
  return (
    <section className="stack tight" aria-label="The workflow">
      <StepsDrawing workflow={workflow} chosen={chosen} onChoose={setChosen} onOpen={go} />
      <p className="small quiet">
        Choose a step to see what it is handed; <kbd>Enter</kbd> or a double click goes to its line.
      </p>
    </section>
  );
}
