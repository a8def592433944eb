/** Who works in the mock, and the library's settings. */
import type { Kpi, LibrarySettings, Person, Session } from '../src/api/types';

export const session: Session = {
  actor: {
    id: 1,
    name: 'Mara Ellingsen',
    email: 'mara.ellingsen@wexcombe.example',
    kind: 'person',
    role: 'administrator',
    may: ['write-draft', 'publish', 'create-release', 'go-live', 'roll-back', 'manage-people', 'administer'],
  },
  workspace: {
    name: 'wexcombe',
    title: 'Wexcombe Coffee',
    sample: true,
    empty: process.env.VARIORUM_MOCK_EMPTY === '1',
  },
  server_version: '0.1.0-mock',
};

const kpi = (id: string, title: string, direction: string, kind = 'conversion'): Kpi => ({
  id,
  title,
  direction,
  kind,
  unit: kind === 'value' ? 'EUR' : 'share of contacts',
  decimals: kind === 'value' ? 2 : 0,
  window_seconds: 86_400,
});

export const settings: LibrarySettings = {
  title: 'Wexcombe Coffee',
  environments: ['production', 'preview'],
  channels: ['email', 'ads', 'web', 'sms', 'voice'],
  brands: [
    { id: 'alder', title: 'Alder' },
    { id: 'finch', title: 'Finch' },
  ],
  regions: [
    { id: 'de', title: 'Germany' },
    { id: 'uk', title: 'United Kingdom' },
    { id: 'us', title: 'United States' },
  ],
  kpis: [
    kpi('first_order', 'First orders', 'up'),
    kpi('click', 'Clicks', 'up'),
    kpi('unsubscribe', 'Unsubscribes', 'down'),
    kpi('revenue', 'Revenue', 'up', 'value'),
  ],
  categories: [
    { title: 'E-mail', path: 'prompts/email/', owner: 'mara.ellingsen@wexcombe.example', custodian: '' },
  ],
};

const person = (id: number, name: string, role: string, kind = 'person', disabled = false): Person => ({
  id,
  name,
  kind,
  disabled,
  email: `${name.toLowerCase().replace(/\s/g, '.')}@wexcombe.example`,
  grants: [{ role, prefix: '' }],
  created_at: '2026-09-01T08:00:00Z',
});

export const people: Person[] = [
  person(1, 'Mara Ellingsen', 'administrator'),
  person(2, 'Tomas Rey', 'publisher'),
  {
    ...person(3, 'Jonas Pfeilmann', 'author'),
    grants: [
      { role: 'author', prefix: '' },
      { role: 'publisher', prefix: 'prompts/sms/' },
    ],
  },
  person(4, 'Owen Tresilian', 'viewer', 'person', true),
  person(5, 'web shop', 'viewer', 'service'),
];
