/** Stops, incidents, ladders and messages: the operations and how their answers are kept. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { part, request } from './client';
import type * as T from './types';

export const stopEverything = (body: { reason: string; environment?: string }) =>
  request<T.Stop>('POST', '/stops', { body });
export const liftStop = ({ number, reason }: { number: number; reason: string }) =>
  request<T.Stop>('POST', `/stops/${number}/lift`, { body: { reason } });

type Answer =
  | { act: 'acknowledge'; body: { note: string } }
  | { act: 'snooze'; body: { until: string; reason: string } }
  | { act: 'hand-over'; body: { to: string; reason: string } }
  | { act: 'resolve'; body: { reason: string } };

export const answerIncident = ({ number, act, body }: Answer & { number: number }) =>
  request<T.IncidentDetail>('POST', `/incidents/${number}/${act}`, { body });
export const testLadder = (id: string) => request<T.TestedLadder>('POST', `/ladders/${part(id)}/test`);

export const stopsQuery = queryOptions({
  queryKey: ['stops'],
  queryFn: ({ signal }) => request<T.Stops>('GET', '/stops', { signal }),
});

export const openIncidentsQuery = queryOptions({
  queryKey: ['incidents', 'open'],
  queryFn: ({ signal }) => request<T.IncidentPage>('GET', '/incidents', { query: { open: true }, signal }),
});

export const incidentsQuery = (open: boolean) =>
  infiniteQueryOptions({
    queryKey: ['incidents', 'pages', open],
    queryFn: ({ pageParam, signal }) =>
      request<T.IncidentPage>('GET', '/incidents', {
        query: { open: open || undefined, below: pageParam },
        signal,
      }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const incidentQuery = (number: number) =>
  queryOptions({
    queryKey: ['incident', number],
    queryFn: ({ signal }) => request<T.IncidentDetail>('GET', `/incidents/${number}`, { signal }),
  });

export const laddersQuery = queryOptions({
  queryKey: ['library', 'ladders'],
  queryFn: ({ signal }) => request<T.EscalationRules>('GET', '/ladders', { signal }),
});

export const onCallQuery = (from: string) =>
  queryOptions({
    queryKey: ['library', 'on-call', from],
    queryFn: ({ signal }) => request<T.OnCall>('GET', '/on-call', { query: { from, days: 7 }, signal }),
  });

export const deliveriesQuery = queryOptions({
  queryKey: ['deliveries'],
  queryFn: ({ signal }) => request<T.DeliveryPage>('GET', '/deliveries', { signal }),
});
