/** Questions over all events, as they are kept in the query cache. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import * as ops from './operations';
import type { AskBaselines, AskCohorts, AskRetention, AskSeries } from './types';

export const cohortsQuery = (params: AskCohorts) =>
  queryOptions({
    queryKey: ['cohorts', params],
    queryFn: ({ signal }) => ops.getCohorts(params, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });

export const seriesQuery = (params: AskSeries) =>
  queryOptions({
    queryKey: ['series', params],
    queryFn: ({ signal }) => ops.getSeries(params, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });

export const retentionQuery = (params: AskRetention) =>
  queryOptions({
    queryKey: ['retention', params],
    queryFn: ({ signal }) => ops.getRetention(params, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const baselinesQuery = (params: AskBaselines) =>
  queryOptions({
    queryKey: ['baselines', params],
    queryFn: ({ signal }) => ops.listBaselines(params, { signal }),
    staleTime: 60_000,
  });

export const kpisQuery = queryOptions({
  queryKey: ['kpis'],
  queryFn: ({ signal }) => ops.listKpis({ signal }),
  staleTime: 60_000,
});
