/** What is kept of plans in the query cache. */
import { keepPreviousData, queryOptions, skipToken } from '@tanstack/react-query';
import * as ops from './operations';
import type { AskPlan } from './types';

/** What a rollout needs; asked for nothing while the question is not whole. */
export const planQuery = (ask: AskPlan | undefined) =>
  queryOptions({
    queryKey: ['plan', ask],
    queryFn: ask ? ({ signal }) => ops.planRollout(ask, { signal }) : skipToken,
    placeholderData: keepPreviousData,
    retry: false,
  });

/** What a release in the shadow would have answered; under its rollout, so that news of it ask again. */
export const shadowQuery = (number: number) =>
  queryOptions({
    queryKey: ['rollout', number, 'shadow'],
    queryFn: ({ signal }) => ops.getShadow(number, { signal }),
    staleTime: 500,
  });
