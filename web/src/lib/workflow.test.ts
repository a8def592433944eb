import { expect, it } from 'vitest';
import {
  flowLabel,
  flows,
  goWords,
  outputFields,
  referenceWords,
  stepFacts,
  typeWords,
  waysOf,
} from './workflow';

const titles = new Map([['sort', 'Sort the lead']]);

it.each([
  ['attributes.first_name', 'first_name', 'comes in'],
  ['attributes.brew_method', 'machine', 'comes in as brew method'],
  ['steps.sort.output.segment', 'segment', 'from “Sort the lead”'],
  ['steps.sort.output.segment', 'group', 'segment of “Sort the lead”'],
  ['steps.sort.output', 'all', 'the answer of “Sort the lead”'],
  ['item.name', 'name', 'name of the item'],
  ['elsewhere.x', 'x', 'elsewhere.x'],
])('says where %s comes from', (from, input, words) =>
  expect(referenceWords(from, titles, input)).toBe(words),
);

it('says when a step runs', () => {
  const step = {
    id: 'a',
    title: 'A',
    kind: 'prompt',
    line: 1,
    day: 2,
    channel: 'email',
    for_each: 'attributes.order_lines',
    skip_when: 'name is missing',
    stop_when_kpi: 'first_order',
    inputs: [],
    branches: [],
  };
  expect(stepFacts(step, () => 'First orders')).toEqual([
    'Day 2',
    'E-mail',
    'once for each of order lines',
    'left out when name is missing',
    'ends once first orders happened',
  ]);
  expect(
    stepFacts(
      { ...step, day: 0, channel: null, for_each: null, skip_when: null, stop_when_kpi: null },
      String,
    ),
  ).toEqual(['Day 0']);
});

it('joins what leads the same way, and always wins', () => {
  const edge = (from: string, to: string, label: string) => ({ from, to, label });
  const ways = waysOf([
    edge('d', 'a', 'score below 0.6'),
    edge('d', 'b', 'is_new is yes'),
    edge('d', 'a', 'otherwise'),
    edge('a', '.end', ''),
    edge('a', '.end', 'stops after first_order'),
  ]);
  expect(ways.map((way) => way.label)).toEqual(['score below 0.6, or otherwise', 'is new is yes', '']);
});

it('draws one line for all that flows between two steps', () => {
  const value = (from: string, to: string, input: string) => ({
    from,
    to,
    value: `steps.${from}.output.${input}`,
    input,
    type: 'text',
    required: true,
  });
  const [first, second] = flows([value('a', 'b', 'x'), value('a', 'c', 'x'), value('a', 'c', 'y')]);
  expect(first && flowLabel(first)).toBe('x: text');
  expect(second && flowLabel(second)).toBe('2 values');
});

it('says types and ways in words', () => {
  expect(typeWords({ enum: ['a', 'b'] })).toBe('one of a, b');
  expect(typeWords({ type: ['string', 'null'] })).toBe('text');
  expect(typeWords({ type: 'integer' })).toBe('whole number');
  expect(typeWords(undefined)).toBe('anything');
  expect(outputFields(null)).toEqual([]);
  expect(outputFields({ properties: { ok: { type: 'boolean' } } })).toEqual([
    { name: 'ok', type: 'yes or no' },
  ]);
  expect(goWords(['sort', 'end', 'not_there'], titles)).toBe('“Sort the lead” and the end and “Not there”');
});
