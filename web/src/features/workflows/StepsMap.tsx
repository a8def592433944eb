import { Checkbox } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Workflow, WorkflowStep } from '@/api/types';
import { StepsDrawing } from '@/components/graph/StepsDrawing';
import { useLibrary } from '@/components/session';
import { stepFacts, stepKindWords, stepTitles } from '@/lib/workflow';
import { Inputs, Outputs, Ways } from './StepParts';

/** The drawing, and beside it what is known of the chosen step. */
export function StepsMap({
  workflow,
  chosen,
  onChoose,
}: {
  workflow: Workflow;
  chosen?: string;
  onChoose: (step: string) => void;
}) {
  const [values, setValues] = useState(false);
  const navigate = useNavigate();
  const step = workflow.steps.find((one) => one.id === chosen);
  const open = (id: string) => {
    const prompt = workflow.steps.find((one) => one.id === id)?.prompt;
    if (prompt) void navigate({ to: '/prompts/$id', params: { id: prompt }, search: {} });
  };
  return (
    <div className="workflow-map">
      <div className="stack tight">
        <StepsDrawing workflow={workflow} chosen={chosen} values={values} onChoose={onChoose} onOpen={open} />
        <Checkbox
          label="Show all that is handed on between steps"
          checked={values}
          onChange={(event) => setValues(event.currentTarget.checked)}
        />
      </div>
      <Chosen step={step} workflow={workflow} titles={stepTitles(workflow)} />
    </div>
  );
}

function Chosen({
  step,
  workflow,
  titles,
}: {
  step?: WorkflowStep;
  workflow: Workflow;
  titles: ReadonlyMap<string, string>;
}) {
  const kpis = useLibrary()?.kpis ?? [];
  if (!step)
    return (
      <aside className="workflow-chosen" aria-label="The chosen step">
        <p className="quiet">
          Choose a step to see what it is given and what it answers. Arrow keys go from one to the next,{' '}
          <kbd>Enter</kbd> opens its prompt.
        </p>
      </aside>
    );
  const facts = stepFacts(step, (id) => kpis.find((kpi) => kpi.id === id)?.title ?? id);
  const ran = workflow.prompts.find((prompt) => prompt.id === step.prompt);
  return (
    <aside className="workflow-chosen stack tight" aria-label="The chosen step" aria-live="polite">
      <span className="label">{`${stepKindWords(step.kind)}, line ${step.line}`}</span>
      <h2 className="wrap-any">{step.title}</h2>
      {facts.length > 0 && <p className="quiet">{facts.join(' · ')}</p>}
      {step.prompt && (
        <p>
          {ran?.path ? (
            <Link to="/prompts/$id" params={{ id: step.prompt }} search={{}} className="link wrap-any">
              {step.prompt}
            </Link>
          ) : (
            <span className="wrap-any">{`${step.prompt} is not in the library.`}</span>
          )}
          {ran?.version != null && <span className="quiet">{`, Version ${ran.version}`}</span>}
        </p>
      )}
      <Inputs step={step} titles={titles} />
      <Outputs step={step} />
      <Ways step={step} titles={titles} />
    </aside>
  );
}
