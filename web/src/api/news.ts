/** News from the server's stream: which cached answers are out of date, and staying connected. */
import type { QueryKey } from '@tanstack/react-query';
import type { News } from './types';

/** What a saved version or a word on a review makes out of date. */
const aboutChanges: QueryKey[] = [
  ['changes'],
  ['standing'],
  ['change'],
  ['change-file'],
  ['pending-update'],
  ['record-form'],
  ['notices'],
  ['impact'],
];

/** What reads the library through its relations. */
const aboutRelations: QueryKey[] = [
  ['search'],
  ['catalogue'],
  ['workflows'],
  ['workflow'],
  ['variations'],
  ['duplicates'],
  ['obsolete'],
];

/** The keys whose answers a piece of news makes out of date. */
export function keysFor(news: News): QueryKey[] {
  const number = Number(news.id);
  switch (news.topic) {
    case 'reading':
      return [Number.isFinite(number) && news.id !== '' ? ['rollout', number] : ['rollout'], ['rollouts']];
    case 'rollout':
      return [
        ['rollout'],
        ['rollouts'],
        ['environments'],
        ['prompts'],
        ['prompt'],
        ['versions'],
        ['entries'],
        ['demo'],
        ['search'],
        ['catalogue'],
        ['impact'],
      ];
    case 'environment':
      return [
        ['environments'],
        ['releases'],
        ['prompts'],
        ['prompt'],
        ['versions'],
        ['entries'],
        ['search'],
        ['catalogue'],
        ['impact'],
      ];
    case 'release':
      return [['releases'], ['release'], ['entries']];
    case 'library':
      return [
        ['library'],
        ['folders'],
        ['prompts'],
        ['prompt'],
        ['versions'],
        ['drafts'],
        ['draft'],
        ['commits'],
        ['entries'],
        ['session'],
        ...aboutRelations,
        ...aboutChanges,
      ];
    case 'change':
      return [...aboutChanges, ['drafts'], ['draft'], ['entries']];
    case 'regression':
      return [['regressions'], ['notices'], ['entries']];
    case 'people':
      return [['people'], ['tokens'], ['keys'], ['entries'], ['session']];
    case 'mirror':
    case 'mirrored':
      return [['mirrors'], ['people'], ['entries']];
    case 'source':
      return [['sources'], ['source', news.id], ['quality'], ['entries']];
    case 'upload':
      return [['upload', news.id]];
    case 'view':
      return [['views'], ['entries']];
    case 'incident':
      return [['incidents'], ['incident'], ['notices'], ['entries']];
    case 'delivery':
      return [['deliveries'], ['incident']];
    case 'stop':
      return [['stops'], ['incidents'], ['entries']];
    case 'demo':
      return [['demo']];
    case 'all':
      // The server had more news than this page could take in: everything may be out of date.
      return [[]];
    default:
      return [];
  }
}

/** Reads one line of the stream; nothing where it is no news. */
export function readNews(data: string): News | undefined {
  try {
    const news = JSON.parse(data) as Partial<News>;
    if (typeof news.topic === 'string') return { topic: news.topic, id: String(news.id ?? '') };
  } catch {
    // A line we do not know; the next one may be ours.
  }
  return undefined;
}

const WAIT_MS_FIRST = 1000;
const WAIT_MS_MAX = 15_000;

/** How long to wait before the next attempt: doubles up to a limit. */
export const waitMs = (attempt: number) => Math.min(WAIT_MS_MAX, WAIT_MS_FIRST * 2 ** attempt);

export type StreamState = 'connected' | 'reconnecting';

/** Listens until the returned function is called. After a gap `onGap` is called, since news may be missing. */
export function listen(handlers: {
  onNews: (news: News) => void;
  onState: (state: StreamState) => void;
  onGap: () => void;
}): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let stopped = false;

  const open = () => {
    source = new EventSource('/api/v1/stream');
    source.onopen = () => {
      if (attempt > 0) handlers.onGap();
      attempt = 0;
      handlers.onState('connected');
    };
    source.onmessage = (event) => {
      const news = readNews(event.data);
      if (news) handlers.onNews(news);
    };
    source.onerror = () => {
      source?.close();
      if (stopped) return;
      handlers.onState('reconnecting');
      timer = setTimeout(open, waitMs(attempt));
      attempt += 1;
    };
  };
  open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    source?.close();
  };
}
