/** Which operation answers what. */
import type { Draft, Problem, Prompt, WordSpan } from '../src/api/types';
import { compareWords } from '../src/lib/words.ts';
import { reviewAnswer } from './changes.ts';
import { conflict, drafts, tokens } from './fixtures.ts';
import { people, session, settings } from './house.ts';
import { diagnosticsOf, files, type MockFile, notesOf, sectionsOf, versionsOf } from './library.ts';
import * as world from './world.ts';

export class MockProblem extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}
const refuse = (status: number, detail: string, more: Partial<Problem> = {}): never => {
  throw new MockProblem({ type: '/problems/mock', title: 'Refused', status, code: 'mock', detail, ...more });
};

type Asked = { method: string; parts: string[]; query: URLSearchParams; body: object };
let signedIn = true;
const fileOf = (id: string): MockFile =>
  files().find((file) => file.id === id) ?? refuse(404, `prompt \`${id}\` does not exist`);
const summary = ({ source: _source, variables: _variables, model: _model, ...rest }: MockFile) => rest;

function promptOf(id: string): Prompt {
  const file = fileOf(id);
  return {
    ...summary(file),
    source: file.source,
    base: 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00',
    model: file.model,
    config: { temperature: 0.7 },
    variables: file.variables,
    partials: [...file.source.matchAll(/\{\{> ?([\w-]+)/g)].map((match) => match[1] ?? ''),
    kpis: ['first_order'],
    diagnostics: diagnosticsOf(file.path, file.source),
    sections: sectionsOf(file.source, file.version >= 4),
    notes: notesOf(file),
  };
}

function list(query: URLSearchParams) {
  const included = query
    .get('includes')
    ?.replace(/^.*\/|\.prompt$/g, '')
    .replace(/^_/, '');
  const kinds = (query.get('kind') ?? (included ? 'prompt,partial' : 'prompt')).split(',');
  const words = (query.get('q') ?? '').toLowerCase();
  const all = files().filter(
    (file) =>
      kinds.includes(file.kind) &&
      `${file.title} ${file.source} ${file.id}`.toLowerCase().includes(words) &&
      (!query.get('folder') || file.path.startsWith(`${query.get('folder')}/`)) &&
      (!query.get('channel') || file.channel === query.get('channel')) &&
      (!query.get('brand') || file.brand === query.get('brand')) &&
      (!included || promptOf(file.id).partials.includes(included)) &&
      (!query.get('with_errors') || file.errors > 0),
  );
  const from = all.findIndex((file) => file.path === query.get('after')) + 1;
  const limit = Number(query.get('limit') ?? 50);
  const items = all.slice(from, from + limit);
  return {
    items: items.map(summary),
    next: from + limit < all.length ? items.at(-1)?.path : undefined,
    total: all.length,
  };
}

function compare(id: string, from: number, to: number) {
  const file = fileOf(id);
  const versions = versionsOf(file);
  const old = file.source
    .replace(
      'Show three things to do: browse the shop, read the brew guide, follow our roast diary.',
      'Name one thing to do next, and only one.',
    )
    .replace('up to 70', 'up to 48');
  const words: WordSpan[] = compareWords(old, file.source);
  return {
    from: versions.find((one) => one.version === from) ?? versions.at(-1),
    to: versions.find((one) => one.version === to) ?? versions[0],
    fields: [
      { field: 'config.temperature', before: 0.4, after: 0.7 },
      { field: 'variorum.tags', before: null, after: ['lifecycle'] },
    ],
    words,
    from_source: old,
    to_source: file.source,
  };
}

function save(body: { path?: string; files?: { path: string; content?: string }[]; subject?: string }) {
  if (body.subject?.includes('conflict'))
    refuse(409, 'two people changed the same part', { conflicts: [conflict] });
  for (const change of body.files ?? []) {
    const file = files().find((one) => one.path === change.path);
    if (file && change.content) Object.assign(file, { source: change.content, version: file.version + 1 });
  }
  world.tell('library');
  return {
    commit: 'd00d',
    draft: 'main',
    diagnostics: [],
    versions: (body.files ?? []).map(({ path }) => ({
      path,
      id: path.replace(/^prompts\/|\.prompt$/g, ''),
      version: 5,
    })),
  };
}

const commits = () =>
  versionsOf(fileOf('email/onboarding/welcome')).map(({ commit, author, at, subject, body, record }) => ({
    commit,
    author,
    at,
    subject,
    body,
    record,
    parents: [],
    changes: [],
  }));

/** Finds the answer, or throws a problem. */
export function answer({ method, parts, query, body }: Asked): unknown {
  const [first = '', second = '', third = ''] = parts;
  const key = `${method} ${first}`;
  if (key === 'POST session') {
    if ((body as { code?: string }).code === 'expired') refuse(401, 'this code was used or has expired');
    signedIn = true;
    return session;
  }
  if (key === 'DELETE session') {
    signedIn = false;
    return undefined;
  }
  if (!signedIn) refuse(401, 'not signed in');
  const number = Number(second);
  const review = reviewAnswer(key, parts, query.has('owed'));
  if (review !== undefined) return review;
  switch (key) {
    case 'GET session':
      return session;
    case 'GET library':
      return settings;
    case 'GET folders':
      return [...new Map(files().map((file) => [file.path.replace(/\/[^/]+$/, ''), 0])).keys()].map(
        (path) => ({
          path,
          files: files().filter((file) => file.path.replace(/\/[^/]+$/, '') === path).length,
        }),
      );
    case 'GET prompts':
      if (!second) return list(query);
      if (third === 'versions') return { items: versionsOf(fileOf(second)) };
      if (third === 'compare') return compare(second, Number(query.get('from')), Number(query.get('to')));
      return promptOf(second);
    case 'POST preview': {
      const { source, path, variables } = body as {
        source: string;
        path: string;
        variables: Record<string, unknown>;
      };
      const diagnostics = diagnosticsOf(path, source);
      const sections = sectionsOf(source, false);
      const fill = (text: string, kind: string) =>
        kind === 'text'
          ? text
          : kind === 'variable'
            ? String(variables[text] ?? text)
            : kind === 'partial'
              ? `[${text}]`
              : '';
      const messages = sections.map(({ role, pieces }) => ({
        role,
        content: pieces.map((piece) => fill(piece.text, piece.kind)).join(''),
      }));
      return {
        diagnostics,
        sections,
        messages: diagnostics.some((one) => one.severity === 'error') ? [] : messages,
        variables: files().find((file) => file.path === path)?.variables ?? [],
      };
    }
    case 'POST versions':
      return save(body);
    case 'GET drafts':
      return second
        ? {
            ...drafts.find((draft) => draft.name === second),
            changes: [
              { path: 'prompts/email/onboarding/welcome.prompt', kind: 'changed' },
              { path: 'prompts/email/onboarding/third-mail.prompt', kind: 'added' },
            ],
          }
        : drafts;
    case 'POST drafts':
      if (third === 'publish')
        return (body as { resolutions?: unknown[] }).resolutions?.length
          ? { commit: 'beef', versions: [] }
          : refuse(409, 'two people changed the same part', { conflicts: [conflict] });
      drafts.unshift({ ...drafts[1], ...body, kind: 'campaign' } as unknown as Draft);
      return drafts[0];
    case 'DELETE drafts':
      drafts.splice(
        drafts.findIndex((draft) => draft.name === second),
        1,
      );
      return undefined;
    case 'GET commits':
      return { items: commits(), total: 4 };
    case 'GET releases': {
      if (!second) return { items: world.releases };
      const changes = [
        { prompt: 'email/onboarding/welcome', before: 4, after: 5, differs: ['text', 'config'] },
        { prompt: 'sms/cart/reminder', before: null, after: 1, differs: [] },
      ];
      return {
        ...(world.releases.find((release) => release.number === number) ??
          refuse(404, 'release does not exist')),
        manifest: { release: number },
        changes,
      };
    }
    case 'POST releases':
      world.releases.unshift({
        ...(world.releases[0] as (typeof world.releases)[0]),
        ...body,
        number: world.releases.length + 1,
        live_in: [],
      });
      return world.releases[0];
    case 'GET environments':
      return world.environments;
    case 'POST environments':
      return Object.assign(
        world.environments.find((one) => one.name === second) ?? {},
        third === 'go-live' ? body : {},
      );
    case 'GET rollouts':
      return second
        ? (world.rollouts.get(number) ?? refuse(404, `rollout R-${second} does not exist`))
        : { items: [...world.rollouts.values()].reverse() };
    case 'POST rollouts': {
      if (!second) {
        world.startHarm();
        return world.rollouts.get(world.rollouts.size);
      }
      const one = world.rollouts.get(number) ?? refuse(404, 'rollout does not exist');
      const state =
        { pause: 'paused', resume: 'running', 'roll-back': 'rolled-back', finish: 'finished' }[third] ??
        one.state;
      Object.assign(one, {
        state,
        ending:
          state === 'rolled-back'
            ? {
                at: new Date().toISOString(),
                by: 'Mara Ellingsen',
                by_guard: false,
                reason: (body as { reason: string }).reason,
              }
            : one.ending,
      });
      world.tell('rollout', number);
      return one;
    }
    case 'GET entries':
      return {
        items: [...world.entries]
          .reverse()
          .filter((entry) => entry.action.startsWith(query.get('action') ?? '')),
      };
    case 'GET audit':
      return { intact: true, entries: 184223, head: 'abc', problem: null };
    case 'GET people':
      return people;
    case 'POST people':
      return { person: { ...people[0], ...body }, link: 'http://localhost:5173/sign-in#one-time-code' };
    case 'PATCH people':
      return Object.assign(people.find((person) => person.id === number) ?? {}, body);
    case 'GET tokens':
      return tokens;
    case 'POST tokens':
      return { token: { ...tokens[0], ...body, id: 9 }, secret: 'vrm_example_secret_shown_once' };
    case 'DELETE tokens':
      tokens.splice(0, 1);
      return undefined;
    case 'GET demo':
      return world.demo;
    case 'POST demo':
      if (second === 'start') world.startHarm();
      if (third === 'stop') world.stopHarm();
      return world.demo;
    default:
      return refuse(404, `nothing answers ${method} ${parts.join('/')}`);
  }
}
