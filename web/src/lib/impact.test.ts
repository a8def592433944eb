import { describe, expect, it } from 'vitest';
import type { ImpactGraph, ImpactNode } from '@/api/types';
import {
  bounded,
  grouped,
  isFile,
  kindCount,
  linkWords,
  listed,
  nodeTitle,
  outwards,
  placeOf,
  placeOfPath,
  reasonWords,
  spine,
  titlesOf,
  wayTo,
} from './impact';

const node = (id: string, kind: string, layer: number, how = 'leans'): ImpactNode => ({
  id,
  kind,
  name: id,
  title: id.toUpperCase(),
  how,
  layer,
  hidden: false,
});
const edge = (from: string, kind: string, to: string, phrase: string) => ({
  id: `${from}|${kind}|${to}`,
  from,
  to,
  kind,
  phrase,
});

/** A partial, two prompts that include it, a workflow that runs one, and a KPI of both. */
const graph: ImpactGraph = {
  nodes: [
    node('p', 'partial', 0, 'changed'),
    node('a', 'prompt', 1),
    node('b', 'prompt', 1),
    node('w', 'workflow', 2),
    node('k', 'kpi', 2, 'belongs'),
    node('o', 'owner', 2, 'belongs'),
  ],
  edges: [
    edge('a', 'includes', 'p', 'includes'),
    edge('b', 'includes', 'p', 'includes'),
    edge('w', 'runs', 'a', 'runs'),
    edge('a', 'measures', 'k', 'is meant to move'),
    edge('b', 'measures', 'k', 'is meant to move'),
    edge('w', 'owner', 'o', 'is answered for by'),
    edge('b', 'owner', 'o', 'is answered for by'),
  ],
  left_out: 0,
};

describe('a graph of impact', () => {
  it('reads every edge outwards from what changes, whoever refers', () => {
    const links = outwards(graph).map(({ near, far }) => `${near}>${far}`);
    expect(links).toEqual(['p>a', 'p>b', 'a>w', 'a>k', 'b>k', 'w>o', 'b>o']);
  });

  it('keeps one way to each thing, and says it in words', () => {
    const tree = spine(graph);
    expect([...tree.keys()].sort()).toEqual(['a', 'b', 'k', 'o', 'w']);
    const way = wayTo('w', tree);
    expect(way.map((link) => linkWords(link, (id) => id))).toEqual(['a includes p', 'w runs a']);
    expect(wayTo('p', tree)).toEqual([]);
  });

  it('ends a way that runs in a circle', () => {
    const circle = new Map([
      ['a', { id: '1', near: 'b', far: 'a', phrase: '', near_refers: true }],
      ['b', { id: '2', near: 'a', far: 'b', phrase: '', near_refers: true }],
    ]);
    expect(wayTo('a', circle)).toHaveLength(2);
  });

  it('draws so much as is asked for, each kind in turn and always with the way to it', () => {
    const some = bounded(graph, undefined, 4);
    expect(some.nodes.map((one) => one.id)).toEqual(['p', 'a', 'w', 'k']);
    expect(some.left_out).toBe(2);
    for (const drawn of some.nodes)
      for (const link of wayTo(drawn.id, spine(graph)))
        expect(some.nodes.map((one) => one.id)).toContain(link.near);
    const all = bounded(graph, undefined, 100);
    expect(all).toEqual(graph);
  });

  it('draws the kinds that are wanted and what lies on the way to them', () => {
    const some = bounded(graph, new Set(['workflow']), 100);
    expect(some.nodes.map((one) => one.id)).toEqual(['p', 'a', 'w']);
    expect(some.left_out).toBe(0);
  });

  it('adds what the server left out', () => {
    expect(bounded({ ...graph, left_out: 7 }, undefined, 100).left_out).toBe(7);
  });
});

describe('words', () => {
  it.each([
    [1, 'kpi', '1 KPI'],
    [9, 'kpi', '9 KPIs'],
    [2, 'category', '2 categories'],
    [1, 'suite', '1 test set'],
    [2, 'thing', '2 thing'],
  ])('counts %i of %s', (n, kind, words) => expect(kindCount(n, kind)).toBe(words));

  it.each([
    [[], ''],
    [['a'], 'a'],
    [['a', 'b', 'c'], 'a, b and c'],
  ])('lists %j', (parts, words) => expect(listed(parts)).toBe(words));

  it.each([
    ['channel', 'email', 'E-mail'],
    ['brand', 'all', 'All brands'],
    ['region', 'all', 'All regions'],
    ['region', 'de', 'DE'],
    ['owner', 'mara.ellingsen@wexcombe.example', 'Mara Ellingsen'],
    ['release', 'release 17', 'Release 17'],
  ])('calls a %s %s', (kind, name, words) => expect(nodeTitle({ kind, name, title: name })).toBe(words));

  it('puts titles in place of ids and paths, and other names in quotation marks', () => {
    const titles = titlesOf([{ id: 'prompts/a.prompt', kind: 'prompt', name: 'a', title: 'Welcome' }]);
    expect(reasonWords('`prompts/a.prompt` needs `name`; `a` does not.', titles)).toBe(
      '“Welcome” needs “name”; “Welcome” does not.',
    );
  });

  it.each([
    ['prompts/email/a.de.prompt', true],
    ['library.yaml', true],
    ['kpi:click', false],
    ['category:prompts/email/', false],
    ['owner:mara@wexcombe.example', false],
  ])('knows whether %s is a file', (id, is) => expect(isFile(id)).toBe(is));
});

it('leads to where a thing is read, and nowhere where it may not be seen', () => {
  const place = (id: string, kind: string, hidden = false) =>
    placeOf({ id, kind, name: id.split(':').at(-1) ?? id, hidden }, 'campaign/x');
  expect(place('prompts/email/a.prompt', 'prompt')).toEqual({
    to: '/prompts/$id',
    id: 'email/a',
    draft: 'campaign/x',
  });
  expect(place('workflows/a/b.workflow.yaml', 'workflow')).toEqual({
    to: '/workflows/$id',
    id: 'a/b',
    draft: 'campaign/x',
  });
  expect(place('release:17', 'release')).toEqual({ to: '/releases/$id', id: '17' });
  expect(place('rollout:3', 'rollout')).toEqual({ to: '/live/$id', id: '3' });
  expect(place('owner:ann@acme.example', 'owner')).toEqual({
    to: '/search',
    filter: { owner: 'ann@acme.example' },
  });
  expect(place('kpi:click', 'kpi')).toBeUndefined();
  expect(place('prompts/email/a.prompt', 'prompt', true)).toBeUndefined();
  expect(placeOfPath('suites/a.test.yaml')).toBeUndefined();
  expect(placeOfPath('workflows/a.workflow.yaml')).toEqual({
    to: '/workflows/$id',
    id: 'a',
    draft: undefined,
  });
});

it('says once what breaks in several lines of a file', () => {
  const breach = (path: string, line: number) => ({
    severity: 'error',
    code: 'output-removed',
    message: 'gone',
    next: 'put it back',
    subject: 'segment',
    provider: { path: 'prompts/a.prompt', line: 3, column: 1 },
    dependant: { path, line, column: 1 },
  });
  const groups = grouped([breach('w', 1), breach('x', 5), breach('w', 9)]);
  expect(groups.map((one) => one.places.map((place) => [place.path, place.line]))).toEqual([
    [
      ['w', 1],
      ['w', 9],
    ],
    [['x', 5]],
  ]);
});
