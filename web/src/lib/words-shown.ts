/** The words people read for the words of the wire. */

export const roleWords: Record<string, { title: string; can: string }> = {
  viewer: { title: 'Viewer', can: 'reads everything, changes nothing' },
  author: { title: 'Author', can: 'writes on drafts' },
  publisher: { title: 'Publisher', can: 'publishes, makes releases, goes live and rolls back' },
  administrator: { title: 'Administrator', can: 'does everything, and decides who may do what' },
};

/** What a token can be limited to. */
export const useWords: Record<string, { short: string; long: string }> = {
  resolve: { short: 'asks for prompts', long: 'Ask for the prompts that are live' },
  events: { short: 'reports results', long: 'Report what happened' },
};

export const rolloutWords: Record<string, string> = {
  running: 'Running',
  paused: 'Paused',
  finished: 'Finished',
  'rolled-back': 'Taken back',
};

export const kpiStateWords: Record<string, string> = {
  harm: 'below its limit',
  better: 'better',
  'no-difference': 'no difference yet',
  collecting: 'collecting',
  reading: 'for reading',
};

export const messageRoleWords: Record<string, string> = {
  system: 'System',
  user: 'Customer message',
  assistant: 'Answer',
  model: 'Answer',
  tool: 'Tool',
};

export const draftKindWords: Record<string, string> = {
  campaign: 'Campaign',
  experiment: 'Experiment',
  hotfix: 'Urgent fix',
  draft: 'Draft',
};

export const fileKindWords: Record<string, string> = {
  prompt: 'Prompt',
  partial: 'Shared part',
  'foreign-prompt': 'Prompt in another format',
  workflow: 'Workflow',
  suite: 'Test set',
  dataset: 'Data set',
  rule: 'Rule',
  settings: 'Settings',
  other: 'Other file',
};

/** `campaign/autumn-activation` as `autumn activation`. */
export const draftTitle = (name: string) => name.replace(/^[^/]+\//, '').replace(/[-_]+/g, ' ');
/** `first_order` as `First order`. */
export const sentenceCase = (id: string) => {
  const words = id.replace(/[-_]+/g, ' ');
  return (words[0] ?? '').toUpperCase() + words.slice(1);
};

/** `config.maxOutputTokens` as `Config max output tokens`. */
export const settingName = (field: string) =>
  sentenceCase(
    field
      .replace(/^variorum\./, '')
      .replace(/([a-z0-9])([A-Z])/g, (_, end: string, begin: string) => `${end} ${begin.toLowerCase()}`)
      .replaceAll('.', ' '),
  );

const channelWords: Record<string, string> = {
  email: 'E-mail',
  ads: 'Ads',
  web: 'Web',
  sms: 'SMS',
  voice: 'Voice',
};
export const channelName = (id: string) => channelWords[id] ?? sentenceCase(id);
/** A brand or region: `de` as `DE`, `alder` as `Alder`. */
export const shortName = (id: string) => (id.length <= 2 ? id.toUpperCase() : sentenceCase(id));

/** Another's words in quotation marks; those inside become single ones. */
export const quoted = (text: string) => `“${text.replace(/[“"]([^"“”]*)["”]/g, '‘$1’')}”`;

/** A sentence without the marks of code, where nothing can be set as code: names that are read aloud, hints. */
export const unmarked = (sentence: string) => sentence.replace(/`([^`]+)`/g, '$1');

/** A sentence of the log with the titles of KPIs in place of ids such as `first_order`, and no marks of code. */
export const withTitles = (sentence: string, kpis: { id: string; title: string }[]) =>
  unmarked(sentence).replace(/(?<![\w/-])[a-z]+(?:_[a-z]+)+(?![\w/])/g, (id) => {
    const title = kpis.find((kpi) => kpi.id === id)?.title;
    return title?.toLowerCase() ?? id;
  });
