import { Checkbox } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Workflow, WorkflowStep } from '@/api/types';
import { LazyGraph } from '@/components/graph/LazyGraph';
import type { IconName } from '@/components/Icon';
import type { Tone } from '@/components/Pill';
import { useLibrary } from '@/components/session';
import { plural } from '@/lib/format';
import { END, flowLabel, flows, START, stepFacts, stepTitles, waysOf } from '@/lib/workflow';
import { Inputs, Outputs, Ways } from './StepParts';

const icons: Record<string, IconName> = { start: 'play', decision: 'equal', prompt: 'edit', end: 'check' };
const kindWords: Record<string, string> = {
  start: 'Begin',
  decision: 'Decision',
  prompt: 'Prompt',
  end: 'End',
};

/** The steps from top to bottom; dashed lines show what flows. */
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
  const titles = stepTitles(workflow);
  const data = flows(workflow.graph.data).filter((flow) => flow.from !== START);
  const byId = new Map(workflow.steps.map((step) => [step.id, step]));
  const step = chosen ? byId.get(chosen) : undefined;
  const touching = data.filter((flow) => flow.from === chosen || flow.to === chosen);
  const ways = waysOf(workflow.graph.edges);
  const here = ways.filter((way) => way.from === chosen || way.to === chosen);
  const open = (id: string) => {
    const prompt = byId.get(id)?.prompt;
    if (prompt) void navigate({ to: '/prompts/$id', params: { id: prompt }, search: {} });
  };
  return (
    <div className="workflow-map">
      <div className="stack tight">
        <LazyGraph
          label="The steps. Arrow keys go from one to the next, Enter opens the prompt. The same stands in the table."
          flow="down"
          whole
          boxes={workflow.graph.nodes.map((node) => ({
            id: node.id,
            title: titles.get(node.id) ?? node.title,
            kind: kindOf(node.kind, byId.get(node.id)),
            icon: node.errors > 0 ? 'warning' : icons[node.kind],
            tone: toneOf(node.errors, node.kind),
            mark: node.errors > 0 ? plural(node.errors, 'problem') : undefined,
          }))}
          lines={[
            ...ways.map((way) => ({ id: way.id, from: way.from, to: way.to, label: way.label || undefined })),
            ...(values ? data : touching).map((flow) => ({
              id: flow.id,
              from: flow.from,
              to: flow.to,
              label: flowLabel(flow),
              extra: true,
            })),
          ]}
          chosen={chosen}
          onChoose={onChoose}
          onOpen={open}
          lit={
            chosen && (step || chosen === START || chosen === END)
              ? {
                  boxes: new Set([chosen, ...[...here, ...touching].flatMap((line) => [line.from, line.to])]),
                  lines: new Set([...here, ...touching].map((line) => line.id)),
                }
              : undefined
          }
        />
        <Checkbox
          label="Show all that is handed on between steps"
          checked={values}
          onChange={(event) => setValues(event.currentTarget.checked)}
        />
      </div>
      <Chosen step={step} workflow={workflow} titles={titles} />
    </div>
  );
}

const kindOf = (kind: string, step?: WorkflowStep) =>
  step?.day != null ? `${kindWords[kind] ?? kind} · day ${step.day}` : (kindWords[kind] ?? kind);

const toneOf = (errors: number, kind: string): Tone =>
  errors > 0 ? 'red' : kind === 'decision' ? 'amber' : 'plain';

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
      <span className="label">{`${kindWords[step.kind] ?? step.kind}, line ${step.line}`}</span>
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
