/** One request to the server: same origin, cookie session, problems as typed errors. */
import type { Problem } from './types';

const BASE = '/api/v1';

type Query = Record<string, string | number | boolean | null | undefined>;

/** A problem the server answered with, or a failed connection. */
export class ApiProblem extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.name = 'ApiProblem';
  }

  get status(): number {
    return this.problem.status;
  }
}

/** Writes the query of an address, leaving out what is not given. */
export function queryString(query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value != null && value !== '' && value !== false);
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

/** Encodes a name so that it stands as one part of an address. */
export const part = (name: string | number) => encodeURIComponent(String(name));

async function problemOf(answer: Response): Promise<Problem> {
  const text = await answer.text();
  try {
    const body = JSON.parse(text) as Partial<Problem>;
    if (typeof body.detail === 'string') return { ...fallback(answer.status), ...body };
  } catch {
    // Not a problem document: a proxy or the network answered.
  }
  return fallback(answer.status);
}

function fallback(status: number): Problem {
  return {
    type: '/problems/unknown',
    title: 'Something went wrong',
    status,
    code: 'unknown',
    detail: `The server answered with ${status} and gave no reason.`,
    hint: 'Try again in a moment. What is live has not changed.',
  };
}

const offline: Problem = {
  type: '/problems/offline',
  title: 'No connection',
  status: 0,
  code: 'offline',
  detail: 'The server cannot be reached.',
  hint: 'Check that it is running; this page goes on by itself once it answers. What is live has not changed.',
};

const stopped: Problem = {
  type: '/problems/stopped',
  title: 'Stopped',
  status: 0,
  code: 'stopped',
  detail: 'Sending was stopped; nothing was stored.',
};

/** Asks the server and returns its answer, or throws an `ApiProblem`. */
export async function request<T>(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  { query, body, signal }: { query?: Query; body?: unknown; signal?: AbortSignal } = {},
): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (method !== 'GET') headers['x-variorum'] = '1';
  if (body !== undefined) headers['content-type'] = 'application/json';
  let answer: Response;
  try {
    answer = await fetch(`${BASE}${path}${queryString(query)}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      signal,
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiProblem(offline);
  }
  if (!answer.ok) throw new ApiProblem(await problemOf(answer));
  const text = await answer.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** Sends a file as it is, and tells how much of it has left; `fetch` does not tell. */
export function sendFile<T>(
  path: string,
  file: Blob,
  query: Query,
  { onSent, signal }: { onSent?: (bytes: number) => void; signal?: AbortSignal } = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const sender = new XMLHttpRequest();
    sender.open('POST', addressOf(path, query));
    sender.setRequestHeader('accept', 'application/json');
    sender.setRequestHeader('x-variorum', '1');
    sender.setRequestHeader('content-type', 'application/octet-stream');
    sender.upload.onprogress = (event) => onSent?.(event.loaded);
    sender.upload.onload = () => onSent?.(file.size);
    sender.onerror = () => reject(new ApiProblem(offline));
    sender.onabort = () => reject(new ApiProblem(stopped));
    sender.onload = () => {
      const answer = new Response(sender.response, { status: sender.status || 500 });
      if (sender.status >= 200 && sender.status < 300) answer.json().then(resolve, reject);
      else problemOf(answer).then((problem) => reject(new ApiProblem(problem)), reject);
    };
    signal?.addEventListener('abort', () => sender.abort());
    sender.send(file);
  });
}

/** Where something is, for a link. */
export const addressOf = (path: string, query: Query = {}) => `${BASE}${path}${queryString(query)}`;

/** Asks for a file rather than for data. */
export async function requestText(path: string, { signal }: { signal?: AbortSignal } = {}): Promise<string> {
  const answer = await fetch(`${BASE}${path}`, { credentials: 'same-origin', signal });
  if (!answer.ok) throw new ApiProblem(await problemOf(answer));
  return answer.text();
}

/** The problem behind any error, for showing it. */
export function asProblem(error: unknown): Problem {
  if (error instanceof ApiProblem) return error.problem;
  return {
    ...fallback(0),
    detail: error instanceof Error ? error.message : 'Something unexpected happened.',
  };
}
