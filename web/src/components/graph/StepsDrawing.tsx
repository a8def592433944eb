import type { CheckedWorkflow, WorkflowStep } from '@/api/types';
import { plural } from '@/lib/format';
import { END, flowLabel, flows, START, stepKindWords, stepTitles, waysOf } from '@/lib/workflow';
import type { IconName } from '../Icon';
import type { Tone } from '../Pill';
import { LazyGraph } from './LazyGraph';

const icons: Record<string, IconName> = { start: 'play', decision: 'equal', prompt: 'edit', end: 'check' };

const kindOf = (kind: string, step?: WorkflowStep) =>
  step?.day != null ? `${stepKindWords(kind)} · day ${step.day}` : stepKindWords(kind);

const toneOf = (errors: number, kind: string): Tone =>
  errors > 0 ? 'red' : kind === 'decision' ? 'amber' : 'plain';

/** The steps of a workflow from top to bottom; dashed lines show what is handed on. */
export function StepsDrawing({
  workflow,
  chosen,
  values = false,
  onChoose,
  onOpen,
}: {
  workflow: Pick<CheckedWorkflow, 'graph' | 'steps'>;
  chosen?: string;
  /** Whether to draw all that is handed on, not only what concerns the chosen step. */
  values?: boolean;
  onChoose: (step: string) => void;
  onOpen: (step: string) => void;
}) {
  const titles = stepTitles(workflow);
  const byId = new Map(workflow.steps.map((step) => [step.id, step]));
  const data = flows(workflow.graph.data).filter((flow) => flow.from !== START);
  const touching = data.filter((flow) => flow.from === chosen || flow.to === chosen);
  const ways = waysOf(workflow.graph.edges);
  const here = ways.filter((way) => way.from === chosen || way.to === chosen);
  const known = chosen !== undefined && (byId.has(chosen) || chosen === START || chosen === END);
  return (
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
      onOpen={onOpen}
      lit={
        known
          ? {
              boxes: new Set([chosen, ...[...here, ...touching].flatMap((line) => [line.from, line.to])]),
              lines: new Set([...here, ...touching].map((line) => line.id)),
            }
          : undefined
      }
    />
  );
}
