/** The sample library of the repository as the mock sees it; a rough reading, good enough for looking. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type {
  Diagnostic,
  MarginNote,
  Piece,
  PromptSummary,
  Section,
  Variable,
  Version,
} from '../src/api/types';

const root = join(import.meta.dirname, '../../demo/library');

export type MockFile = PromptSummary & { source: string; variables: Variable[]; model: string };

function walk(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
}

const field = (source: string, name: string) =>
  new RegExp(`^${name}: *(.+)$`, 'm').exec(source)?.[1]?.trim() ?? '';

function variablesOf(source: string): Variable[] {
  const block = /^ {2}schema:\n((?: {4}.+\n)+)/m.exec(source.split('\noutput:')[0] ?? '')?.[1] ?? '';
  return block
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [, name = '', optional, extra = '', rest = ''] =
        /^\s*([\w]+)(\?)?(\([^)]*\))?: *(.*)$/.exec(line) ?? [];
      const choices = extra.includes('enum') ? (rest.match(/[\w]+/g) ?? []) : [];
      const description = extra
        ? extra.replace(/[()]/g, '').replace('enum, ', '')
        : rest.replace(/^\w+, */, '');
      return { name, type: choices.length ? 'enum' : 'string', description, required: !optional, choices };
    })
    .filter((variable) => variable.name !== '');
}

let shown: MockFile[] | undefined;

/** Every file of the library; a change in the mock is made to this list. */
export function files(): MockFile[] {
  shown ??= walk(join(root, 'prompts')).map((path, index) => {
    const file = relative(root, path);
    const source = readFileSync(path, 'utf8');
    const id = file.replace(/^prompts\//, '').replace(/\.prompt$/, '');
    const name = id.split('/').at(-1) ?? id;
    const partial = name.startsWith('_');
    const version = id === 'email/onboarding/welcome' ? 4 : (index % 5) + 1;
    return {
      id,
      path: file,
      kind: partial ? 'partial' : 'prompt',
      title: field(source, 'variorum.title') || name.replace(/^_/, '').replace(/-/g, ' '),
      intent: field(source, 'variorum.intent'),
      channel: field(source, 'variorum.channel'),
      brand: field(source, 'variorum.brand'),
      region: field(source, 'variorum.region'),
      owner: field(source, 'variorum.owner'),
      tags: [],
      version,
      updated_at: new Date(Date.now() - (index + 1) * 5.3e6).toISOString(),
      updated_by: 'Mara Ellingsen',
      errors: index % 17 === 5 ? 1 : 0,
      live:
        partial || index % 4 === 3
          ? []
          : [{ environment: 'production', release: 3, version: Math.max(1, version - (index % 2)) }],
      source,
      variables: variablesOf(source),
      model: field(source, 'model'),
    };
  });
  return shown;
}

/** A rough reading of the template into sections and pieces. */
export function sectionsOf(source: string, marked: boolean): Section[] {
  const text = source.replace(/^---\n[\s\S]*?\n---\n/, '');
  const sections: Section[] = [{ role: 'system', pieces: [] }];
  for (const token of text.split(/(\{\{[^}]*\}\})/)) {
    const tag = /^\{\{\s*([\s\S]*?)\s*\}\}$/.exec(token)?.[1];
    const role = tag && /^role "(\w+)"$/.exec(tag)?.[1];
    if (role) sections.push({ role, pieces: [] });
    else if (token !== '') sections.at(-1)?.pieces.push(...piecesOf(token, tag, marked));
  }
  return sections.filter((section) => section.pieces.some((piece) => piece.text.trim() !== ''));
}

function piecesOf(token: string, tag: string | undefined, marked: boolean): Piece[] {
  if (tag === undefined) {
    return token.split(/(?<=\n)/).map((text) => ({
      kind: 'text',
      text,
      version: !marked
        ? 1
        : /three things|Show/.test(text)
          ? 3
          : /Length|Subject line/.test(text)
            ? 4
            : /Thank/.test(text)
              ? 2
              : 1,
    }));
  }
  if (tag.startsWith('!')) return [{ kind: 'comment', text: tag.slice(1).trim(), version: 1 }];
  if (tag.startsWith('>')) return [{ kind: 'partial', text: tag.slice(1).trim(), version: 1 }];
  if (/^[#/]|^else/.test(tag)) return [{ kind: 'condition', text: tag.replace(/^#/, ''), version: 1 }];
  return [{ kind: 'variable', text: tag, version: 1 }];
}

const people = ['Mara Ellingsen', 'Tomás Rey', 'Priya Ramdhani', 'Jonas Pfeilmann'];
const subjects = [
  'Write the welcome e-mail',
  'Thank the reader by name',
  'Show three things to do',
  'Shorten the subject line',
  'Try a warmer tone',
];

export function versionsOf(file: MockFile): Version[] {
  return Array.from({ length: file.version }, (_, index): Version => {
    const version = file.version - index;
    const measured = version === 2 || version === 3;
    return {
      version,
      commit: `${version}f3a9c1d2e4b5a69788c0d1e2f3a4b5c6d7e8f90`.slice(0, 40),
      author: people[version % people.length] ?? 'Mara Ellingsen',
      at: new Date(Date.now() - index * 8.64e7 * 9 - 3e6).toISOString(),
      subject: subjects[(version - 1) % subjects.length] ?? '',
      body: version === 3 ? 'The brew guide is what new people read first.' : '',
      record: {
        problem:
          version === 3
            ? 'Readers were offered one link and did not know what else there is.'
            : version === 4
              ? 'Long subjects are cut on phones.'
              : '',
        baseline: version === 4 ? 'open_rate=0.24 n=182400' : '',
        hypothesis: version > 1 ? (version === 4 ? 'click +5%' : 'first_order +8%') : '',
        campaign: '',
        validation: '',
      },
      on_main: true,
      outcome: measured
        ? version === 2
          ? {
              rollout: 2,
              state: 'rolled-back',
              sentence: 'Unsubscribes +0.4 points; taken back after 11 minutes',
            }
          : {
              rollout: 1,
              state: 'finished',
              sentence: 'First orders +8 % (between +3 and +13), 41,200 people',
            }
        : undefined,
      live: file.live.filter((place) => place.version === version),
    };
  });
}

export const notesOf = (file: MockFile): MarginNote[] =>
  versionsOf(file).map(({ version, commit, author, at, subject, record, outcome }) => ({
    version,
    commit,
    author,
    at,
    subject,
    record,
    outcome,
  }));

export function diagnosticsOf(path: string, source: string): Diagnostic[] {
  return source.split('\n').flatMap((line, index) => {
    const column = line.search(/\{\{(?![^{]*\}\})/);
    const unknown = /\{\{> *missing/.test(line);
    if (column < 0 && !unknown) return [];
    const message = unknown ? 'there is no shared part named `missing`' : 'this `{{` is never closed';
    return [
      {
        severity: unknown ? 'warning' : 'error',
        code: unknown ? 'unknown-partial' : 'unclosed',
        message,
        path,
        line: index + 1,
        column: Math.max(1, column + 1),
      },
    ];
  });
}
