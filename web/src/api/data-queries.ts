/** What arrives and how good it is; as the other queries. */
import { queryOptions } from '@tanstack/react-query';
import * as ops from './operations';

export const qualityQuery = queryOptions({
  queryKey: ['quality'],
  queryFn: ({ signal }) => ops.getQuality({ signal }),
});

export const sourcesQuery = queryOptions({
  queryKey: ['sources'],
  queryFn: ({ signal }) => ops.listSources({ signal }),
});

export const sourceQuery = (name: string) =>
  queryOptions({
    queryKey: ['source', name],
    queryFn: ({ signal }) => ops.getSource(name, { signal }),
  });

/** How far an upload is; asked again when the server tells of news about it. */
export const uploadQuery = (key: string) =>
  queryOptions({
    queryKey: ['upload', key],
    queryFn: ({ signal }) => ops.getUploadProgress(key, { signal }),
    retry: false,
  });
