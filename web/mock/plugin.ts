/** A stand-in for the server while the pages are made: answers typed by the schema, kept in memory. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connect, Plugin } from 'vite';
import type { Problem } from '../src/api/types';
import { answer, MockProblem } from './answers.ts';
import { onNews } from './world.ts';

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text === '' ? {} : JSON.parse(text);
}

function stream(request: IncomingMessage, response: ServerResponse) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.write(': hello\n\n');
  const stop = onNews((news) => response.write(`data: ${JSON.stringify(news)}\n\n`));
  request.on('close', stop);
}

const middleware: Connect.NextHandleFunction = async (request, response, next) => {
  const address = new URL(request.url ?? '/', 'http://mock');
  if (!address.pathname.startsWith('/api/v1/')) return next();
  if (address.pathname === '/api/v1/stream') return stream(request, response);
  try {
    const found = answer({
      method: request.method ?? 'GET',
      parts: address.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent),
      query: address.searchParams,
      body: (await bodyOf(request)) as object,
    });
    response.writeHead(found === undefined ? 204 : 200, { 'content-type': 'application/json' });
    response.end(found === undefined ? undefined : JSON.stringify(found));
  } catch (error) {
    const problem: Problem =
      error instanceof MockProblem
        ? error.problem
        : {
            type: '/problems/internal',
            title: 'Internal',
            status: 500,
            code: 'internal',
            detail: String(error),
          };
    response.writeHead(problem.status, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify(problem));
  }
};

export function mockServer(): Plugin {
  return {
    name: 'variorum-mock',
    configureServer: (server) => void server.middlewares.use(middleware),
    configurePreviewServer: (server) => void server.middlewares.use(middleware),
  };
}
