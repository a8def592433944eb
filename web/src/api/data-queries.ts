/** What arrives and how good it is; as the other queries. */
import { queryOptions } from '@tanstack/react-query';
import * as ops from './operations';

export const qualityQuery = queryOptions({
  queryKey: ['quality'],
  queryFn: ({ signal }) => ops.getQuality({ signal }),
});
