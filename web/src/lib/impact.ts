/** What is reached, in people's words; which part of it is drawn, and the way to each thing. */
import type { Breach, Collision, ImpactGraph, ImpactNode, ImpactRow } from '@/api/types';
import { personName, plural } from './format';
import { channelName, sentenceCase, shortName } from './words-shown';

const kinds: Record<string, [one: string, many: string]> = {
  prompt: ['Prompt', 'Prompts'],
  partial: ['Shared part', 'Shared parts'],
  variation: ['Variation', 'Variations'],
  workflow: ['Workflow', 'Workflows'],
  suite: ['Test set', 'Test sets'],
  dataset: ['Data set', 'Data sets'],
  rule: ['Rule', 'Rules'],
  settings: ['Settings', 'Settings'],
  kpi: ['KPI', 'KPIs'],
  channel: ['Channel', 'Channels'],
  brand: ['Brand', 'Brands'],
  region: ['Region', 'Regions'],
  owner: ['Owner', 'Owners'],
  category: ['Category', 'Categories'],
  release: ['Release', 'Releases'],
  environment: ['Environment', 'Environments'],
  rollout: ['Rollout', 'Rollouts'],
  other: ['Other file', 'Other files'],
};
export const kindOne = (kind: string) => kinds[kind]?.[0] ?? sentenceCase(kind);
export const kindMany = (kind: string) => kinds[kind]?.[1] ?? sentenceCase(kind);

/** `3 prompts`, `1 KPI`. */
export function kindCount(n: number, kind: string): string {
  const lower = (words: string) => (words.startsWith('KPI') ? words : words.toLowerCase());
  return plural(n, lower(kindOne(kind)), lower(kindMany(kind)));
}

/** `a, b and c`. */
export function listed(parts: string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

type Called = Pick<ImpactNode, 'kind' | 'name' | 'title'>;

/** What people call a thing. */
export function nodeTitle(node: Called): string {
  const all = node.name === 'all';
  switch (node.kind) {
    case 'channel':
      return channelName(node.name);
    case 'brand':
      return all ? 'All brands' : shortName(node.name);
    case 'region':
      return all ? 'All regions' : shortName(node.name);
    case 'owner':
      return personName(node.title);
    case 'release':
    case 'environment':
      return sentenceCase(node.title);
    default:
      return node.title || node.name;
  }
}

/** A sentence of the server with titles in place of ids and paths; other names stand in quotation marks. */
export function reasonWords(sentence: string, titles: ReadonlyMap<string, string>): string {
  return sentence.replace(/`([^`]+)`/g, (_, name: string) => titles.get(name) ?? `“${name}”`);
}

/** Names, ids and paths, each with what people call the thing; titles of files in quotation marks. */
export function titlesOf(nodes: (Called & Pick<ImpactNode, 'id'>)[]): Map<string, string> {
  return new Map(
    nodes.flatMap((node) => {
      const title = isFile(node.id) ? `“${nodeTitle(node)}”` : nodeTitle(node);
      return [node.name, node.id].map((name): [string, string] => [name, title]);
    }),
  );
}

/** Whether an id is the path of a file, and so can be asked of itself. */
export const isFile = (id: string) => /^[^:]+\.[a-z]+$/i.test(id);

/** Where a thing can be read. */
export type Place =
  | { to: '/prompts/$id'; id: string; draft?: string }
  | { to: '/workflows/$id'; id: string; draft?: string }
  | { to: '/releases/$id'; id: string }
  | { to: '/live/$id'; id: string }
  | { to: '/live' }
  | { to: '/search'; filter: Record<string, string> };

export const promptId = (path: string) => path.replace(/^prompts\//, '').replace(/\.prompt$/, '');
export const workflowName = (path: string) =>
  path.replace(/^workflows\//, '').replace(/\.workflow\.ya?ml$/, '');

/** The page where a thing is read; nothing where it has none, or may not be seen. */
export function placeOf(
  node: Pick<ImpactNode, 'id' | 'kind' | 'name' | 'hidden'>,
  draft?: string,
): Place | undefined {
  if (node.hidden) return undefined;
  const number = node.id.split(':').at(-1) ?? '';
  switch (node.kind) {
    case 'prompt':
    case 'partial':
    case 'variation':
      return { to: '/prompts/$id', id: promptId(node.id), draft };
    case 'workflow':
      return { to: '/workflows/$id', id: workflowName(node.id), draft };
    case 'release':
      return { to: '/releases/$id', id: number };
    case 'rollout':
      return { to: '/live/$id', id: number };
    case 'environment':
      return { to: '/live' };
    case 'channel':
    case 'brand':
    case 'region':
    case 'owner':
    case 'category':
      return { to: '/search', filter: { [node.kind]: node.name } };
    default:
      return undefined;
  }
}

/** The page that holds a broken place: a prompt or workflow, else nothing. */
export function placeOfPath(path: string, draft?: string): Place | undefined {
  const kind = path.endsWith('.prompt') ? 'prompt' : /\.workflow\.ya?ml$/.test(path) ? 'workflow' : 'other';
  return placeOf({ id: path, kind, name: path, hidden: false }, draft);
}

export type Link = { id: string; near: string; far: string; phrase: string; near_refers: boolean };

/** Edges from what changes outwards. Where the far one refers, its phrase is read from far to near. */
export function outwards(graph: ImpactGraph): Link[] {
  const layer = new Map(graph.nodes.map((node) => [node.id, node.layer]));
  const how = new Map(graph.nodes.map((node) => [node.id, node.how]));
  return graph.edges.map((edge) => {
    const from = layer.get(edge.from) ?? 0;
    const to = layer.get(edge.to) ?? 0;
    // Within a layer, what something belongs to stands beyond it.
    const forth = from === to ? how.get(edge.to) === 'belongs' : from < to;
    return forth
      ? { id: edge.id, near: edge.from, far: edge.to, phrase: edge.phrase, near_refers: true }
      : { id: edge.id, near: edge.to, far: edge.from, phrase: edge.phrase, near_refers: false };
  });
}

/** For each thing the one link by which it is first reached: together they are a tree. */
export function spine(graph: ImpactGraph): Map<string, Link> {
  const layer = new Map(graph.nodes.map((node) => [node.id, node.layer]));
  const best = new Map<string, Link>();
  for (const link of outwards(graph)) {
    const gap = (layer.get(link.far) ?? 0) - (layer.get(link.near) ?? 0);
    if (gap === 1 && !best.has(link.far)) best.set(link.far, link);
  }
  return best;
}

/** The links from what changes to a thing, in that order. */
export function wayTo(id: string, tree: ReadonlyMap<string, Link>): Link[] {
  const way: Link[] = [];
  const seen = new Set<string>();
  for (let link = tree.get(id); link && !seen.has(link.far); link = tree.get(link.near)) {
    seen.add(link.far);
    way.unshift(link);
  }
  return way;
}

/** One step of a way in words: who refers comes first. */
export function linkWords(link: Link, title: (id: string) => string): string {
  const [first, second] = link.near_refers ? [link.near, link.far] : [link.far, link.near];
  return `${title(first)} ${link.phrase} ${title(second)}`;
}

/**
 * So much of a graph as can be taken in: near things first, each kind in turn, and always whole ways.
 * What changes is always there.
 */
export function bounded(
  graph: ImpactGraph,
  wanted: ReadonlySet<string> | undefined,
  limit: number,
): ImpactGraph {
  const tree = spine(graph);
  const shown = new Set(graph.nodes.filter((node) => node.how === 'changed').map((node) => node.id));
  const queues = new Map<string, ImpactNode[]>();
  for (const node of [...graph.nodes].sort((a, b) => a.layer - b.layer)) {
    if (shown.has(node.id) || (wanted && !wanted.has(node.kind))) continue;
    queues.set(node.kind, [...(queues.get(node.kind) ?? []), node]);
  }
  while (shown.size < limit && queues.size > 0) {
    for (const [kind, queue] of queues) {
      const node = queue.shift();
      if (!node) queues.delete(kind);
      else if (shown.size < limit) {
        for (const link of wayTo(node.id, tree)) shown.add(link.near);
        shown.add(node.id);
      }
    }
  }
  const fitting = graph.nodes.filter((node) => !wanted || wanted.has(node.kind) || node.how === 'changed');
  return {
    nodes: graph.nodes.filter((node) => shown.has(node.id)),
    edges: graph.edges.filter((edge) => shown.has(edge.from) && shown.has(edge.to)),
    left_out: graph.left_out + fitting.filter((node) => !shown.has(node.id)).length,
  };
}

/** `a rollout` or `another review`, and where it stands. */
export function collisionPlace(one: Pick<Collision, 'kind' | 'number'>) {
  return one.kind === 'rollout'
    ? { to: '/live/$number' as const, words: 'See the rollout' }
    : { to: '/reviews/$number' as const, words: `See review CH-${one.number}` };
}

/** How a thing stands to what changes. */
export const howWords: Record<ImpactRow['how'], string> = {
  changed: 'changes itself',
  leans: 'leans on it',
  belongs: 'belongs to what is reached',
};

export type Broken = Pick<Breach, 'severity' | 'code' | 'message' | 'next' | 'provider'> & {
  /** The places where it is counted on. */
  places: Breach['dependant'][];
};

/** Broken contracts, those that say the same in one, with all its places. */
export function grouped(breaches: Breach[]): Broken[] {
  const groups = new Map<string, Broken>();
  for (const { severity, code, message, next, provider, dependant } of breaches) {
    const key = JSON.stringify([severity, code, message, next, provider, dependant.path]);
    const group = groups.get(key);
    if (group) group.places.push(dependant);
    else groups.set(key, { severity, code, message, next, provider, places: [dependant] });
  }
  return [...groups.values()];
}
