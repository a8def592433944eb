/** A workflow in people's words: what each step is given, when, and where it goes on. */
import type { CheckedWorkflow, Workflow, WorkflowStep } from '@/api/types';
import { channelName, sentenceCase } from './words-shown';

export const START = '.start';
export const END = '.end';

/** Where a value comes from: `comes in as “brew method”`, `segment of “Sort the lead”`. */
export function referenceWords(from: string, titles: ReadonlyMap<string, string>, input = ''): string {
  const [root, ...rest] = from.split('.');
  const plain = (parts: string[]) => parts.join(' ').replace(/_/g, ' ');
  if (root === 'attributes') return rest.join('.') === input ? 'comes in' : `comes in as ${plain(rest)}`;
  if (root === 'steps' && rest[0] && rest[1] === 'output') {
    const step = `“${titles.get(rest[0]) ?? rest[0]}”`;
    const field = rest.slice(2);
    return field.join('.') === input ? `from ${step}` : `${plain(field) || 'the answer'} of ${step}`;
  }
  if (root === 'item') return rest.length > 0 ? `${plain(rest)} of the item` : 'the item';
  return from;
}

/** When a step runs, in short facts. */
export function stepFacts(step: WorkflowStep, kpiTitle: (id: string) => string): string[] {
  const facts: string[] = [];
  if (step.day != null) facts.push(`Day ${step.day}`);
  if (step.channel) facts.push(channelName(step.channel));
  if (step.for_each) facts.push(`once for each of ${step.for_each.split('.').at(-1)?.replace(/_/g, ' ')}`);
  if (step.skip_when) facts.push(`left out when ${step.skip_when}`);
  if (step.stop_when_kpi) facts.push(`ends once ${kpiTitle(step.stop_when_kpi).toLowerCase()} happened`);
  return facts;
}

const kinds: Record<string, string> = { start: 'Begin', decision: 'Decision', prompt: 'Prompt', end: 'End' };
export const stepKindWords = (kind: string) => kinds[kind] ?? sentenceCase(kind);

/** Whether a path is that of a workflow. */
export const isWorkflow = (path: string) => /\.workflow\.ya?ml$/.test(path);

/** The titles of steps, with words for where a path begins and ends. */
export function stepTitles(workflow: Pick<CheckedWorkflow, 'graph'>): Map<string, string> {
  return new Map(
    workflow.graph.nodes.map((node) => [
      node.id,
      node.id === END ? 'The path ends' : node.id === START ? 'It begins' : node.title,
    ]),
  );
}

/** Where a decision leads, in words. */
export function goWords(go: string[], titles: ReadonlyMap<string, string>): string {
  return go.map((id) => (id === 'end' ? 'the end' : `“${titles.get(id) ?? sentenceCase(id)}”`)).join(' and ');
}

export type Value = { input: string; type: string; required: boolean; value: string };
export type Flow = { id: string; from: string; to: string; values: Value[] };

/** What flows, one line for each pair of steps. */
export function flows(data: Workflow['graph']['data']): Flow[] {
  const pairs = new Map<string, Flow>();
  for (const one of data) {
    const id = `${one.from}>${one.to}`;
    const flow = pairs.get(id) ?? { id, from: one.from, to: one.to, values: [] };
    flow.values.push({ input: one.input, type: one.type, required: one.required, value: one.value });
    pairs.set(id, flow);
  }
  return [...pairs.values()];
}

/** What a line of values says: `segment: one of a, b`, or how many there are. */
export function flowLabel(flow: Flow): string {
  const [first] = flow.values;
  if (!first) return '';
  return flow.values.length === 1 ? `${first.input}: ${first.type}` : `${flow.values.length} values`;
}

/** The fields an answer has, from its JSON Schema: `subject (text)`. */
export function outputFields(schema: unknown): { name: string; type: string }[] {
  const object = schema as
    | { properties?: Record<string, { type?: unknown; enum?: unknown[] }> }
    | null
    | undefined;
  return Object.entries(object?.properties ?? {}).map(([name, field]) => ({ name, type: typeWords(field) }));
}

const jsonTypes: Record<string, string> = {
  string: 'text',
  boolean: 'yes or no',
  integer: 'whole number',
  array: 'list',
  object: 'group',
};

/** A field of a JSON Schema in words. */
export function typeWords(field: { type?: unknown; enum?: unknown[] } | undefined): string {
  if (Array.isArray(field?.enum)) return `one of ${field.enum.map(String).join(', ')}`;
  const types = [field?.type ?? 'anything'].flat().map(String);
  const named = types.filter((type) => type !== 'null').map((type) => jsonTypes[type] ?? type);
  return named.join(' or ') || 'nothing';
}

export type Way = { id: string; from: string; to: string; label: string };

/** The ways from step to step, one for each pair: what leads the same way is joined by “or”. */
export function waysOf(edges: Workflow['graph']['edges']): Way[] {
  const pairs = new Map<string, Way>();
  for (const edge of edges) {
    const id = `${edge.from}→${edge.to}`;
    const label = edge.label.replace(/_/g, ' ');
    const way = pairs.get(id);
    if (!way) pairs.set(id, { id, from: edge.from, to: edge.to, label });
    else if (label === '' || way.label === '') way.label = '';
    else way.label = label === 'otherwise' ? `${way.label}, or otherwise` : `${way.label}, or ${label}`;
  }
  return [...pairs.values()];
}
