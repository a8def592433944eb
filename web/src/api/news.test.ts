import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keysFor, listen, readNews, waitMs } from './news';

const staleAfter = (topic: string, id: string) => {
  const cache = new QueryClient();
  const keys = [
    ['rollout', 7],
    ['rollout', 8],
    ['rollouts'],
    ['prompt', 'a', {}],
    ['prompts', {}],
    ['session'],
    ['demo'],
    ['releases'],
    ['people'],
    ['environments'],
  ];
  for (const key of keys) cache.setQueryData(key, {});
  for (const queryKey of keysFor({ topic, id })) void cache.invalidateQueries({ queryKey });
  return keys
    .filter((key) => cache.getQueryState(key)?.isInvalidated)
    .map((key) =>
      key
        .slice(0, 2)
        .filter((part) => typeof part !== 'object')
        .join(' '),
    );
};

describe('keysFor', () => {
  it('a reading concerns its rollout alone, and the list', () => {
    expect(staleAfter('reading', '7')).toEqual(['rollout 7', 'rollouts']);
  });
  it('a reading without a number concerns every rollout', () => {
    expect(staleAfter('reading', '')).toEqual(['rollout 7', 'rollout 8', 'rollouts']);
  });
  it('a saved version concerns prompts and whether the workspace is empty', () => {
    expect(staleAfter('library', 'main')).toEqual(['prompt a', 'prompts', 'session']);
  });
  it('a rollout that changed state concerns what is live', () => {
    expect(staleAfter('rollout', '7')).toEqual(
      expect.arrayContaining(['rollout 7', 'environments', 'prompt a', 'demo']),
    );
  });
  it('missed news concern everything', () => {
    expect(staleAfter('all', '')).toHaveLength(10);
  });
  it('a topic of a later server concerns nothing', () => {
    expect(staleAfter('weather', '1')).toEqual([]);
  });
});

it('reads news and passes over anything else', () => {
  expect(readNews('{"topic":"demo","id":""}')).toEqual({ topic: 'demo', id: '' });
  expect(readNews('hello')).toBeUndefined();
  expect(readNews('{"id":"1"}')).toBeUndefined();
});

describe('listen', () => {
  const made: FakeSource[] = [];
  class FakeSource {
    onopen?: () => void;
    onerror?: () => void;
    onmessage?: (event: { data: string }) => void;
    close = vi.fn();
    constructor() {
      made.push(this);
    }
  }
  beforeEach(() => {
    made.length = 0;
    vi.useFakeTimers();
    vi.stubGlobal('EventSource', FakeSource);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('comes back after a gap and says so once', () => {
    const handlers = { onNews: vi.fn(), onState: vi.fn(), onGap: vi.fn() };
    const stop = listen(handlers);
    made[0]?.onopen?.();
    expect(handlers.onGap).not.toHaveBeenCalled();
    made[0]?.onerror?.();
    expect(handlers.onState).toHaveBeenLastCalledWith('reconnecting');
    vi.advanceTimersByTime(waitMs(0));
    made[1]?.onopen?.();
    expect(handlers.onGap).toHaveBeenCalledTimes(1);
    expect(handlers.onState).toHaveBeenLastCalledWith('connected');
    made[1]?.onmessage?.({ data: '{"topic":"demo","id":"x"}' });
    expect(handlers.onNews).toHaveBeenCalledWith({ topic: 'demo', id: 'x' });
    stop();
    expect(made[1]?.close).toHaveBeenCalled();
  });
  it('waits longer each time, up to a limit, and stops when told', () => {
    const stop = listen({ onNews: vi.fn(), onState: vi.fn(), onGap: vi.fn() });
    made[0]?.onerror?.();
    stop();
    vi.advanceTimersByTime(60_000);
    expect(made).toHaveLength(1);
    expect([waitMs(0), waitMs(1), waitMs(9)]).toEqual([1000, 2000, 15_000]);
  });
});
