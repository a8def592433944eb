/** Regressions, credits, journeys and the ledger; as the other queries. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import * as ops from './operations';
import type { AskAttribution, AskLedger } from './types';

export const regressionsQuery = queryOptions({
  queryKey: ['regressions'],
  queryFn: ({ signal }) => ops.listRegressions({ limit: 100 }, { signal }),
});

export const attributionQuery = (ask: AskAttribution) =>
  queryOptions({
    queryKey: ['attribution', ask],
    queryFn: ({ signal }) => ops.getAttribution(ask, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });

export const journeysQuery = (ask: AskAttribution) =>
  queryOptions({
    queryKey: ['journeys', ask],
    queryFn: ({ signal }) => ops.getJourneys(ask, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });

export const ledgerQuery = (ask: AskLedger) =>
  queryOptions({
    queryKey: ['ledger', ask],
    queryFn: ({ signal }) => ops.getLedger(ask, { signal }),
    placeholderData: keepPreviousData,
  });
