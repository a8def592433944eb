/** What is kept in the query cache, and under which key. News invalidates by these keys. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import * as ops from './operations';
import type {
  AskImpact,
  AtVersion,
  BrowseCatalogue,
  ListChanges,
  ListEntries,
  ListPrompts,
  ListWorkflows,
} from './types';

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => ops.getSession({ signal }),
  staleTime: 60_000,
  retry: false,
});

export const libraryQuery = queryOptions({
  queryKey: ['library'],
  queryFn: ({ signal }) => ops.getLibrary({ signal }),
  staleTime: 60_000,
});

export const foldersQuery = queryOptions({
  queryKey: ['folders'],
  queryFn: ({ signal }) => ops.listFolders({ signal }),
});

export const promptsQuery = (params: ListPrompts) =>
  infiniteQueryOptions({
    queryKey: ['prompts', params],
    queryFn: ({ pageParam, signal }) =>
      ops.listPrompts({ limit: 60, ...params, after: pageParam }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export const findPromptsQuery = (q: string) =>
  queryOptions({
    queryKey: ['prompts', 'find', q],
    queryFn: ({ signal }) => ops.listPrompts({ q, limit: 8 }, { signal }),
    placeholderData: keepPreviousData,
  });

export const partialsQuery = queryOptions({
  queryKey: ['prompts', 'partials'],
  queryFn: ({ signal }) => ops.listPrompts({ kind: 'partial', limit: 200 }, { signal }),
});

export const promptQuery = (id: string, at: AtVersion = {}) =>
  queryOptions({
    queryKey: ['prompt', id, at],
    queryFn: ({ signal }) => ops.getPrompt(id, at, { signal }),
  });

export const versionsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['versions', id],
    queryFn: ({ pageParam, signal }) => ops.listVersions(id, { below: pageParam, limit: 50 }, { signal }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const compareQuery = (id: string, from: number, to: number) =>
  queryOptions({
    queryKey: ['compare', id, from, to],
    queryFn: ({ signal }) => ops.comparePrompt(id, from, to, { signal }),
    enabled: from > 0 && to > 0,
    placeholderData: keepPreviousData,
  });

/** What something reaches; a page of rows at a time, the drawing with the first. */
export const impactQuery = (ask: AskImpact) =>
  infiniteQueryOptions({
    queryKey: ['impact', ask],
    queryFn: ({ pageParam, signal }) => ops.getImpact({ limit: 50, ...ask, after: pageParam }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });

/** How the categories keep the documentation standard. */
export const catalogueQuery = (params: BrowseCatalogue) =>
  queryOptions({
    queryKey: ['catalogue', params],
    queryFn: ({ signal }) => ops.getCatalogue(params, { signal }),
    placeholderData: keepPreviousData,
  });

export const catalogueEntriesQuery = (params: BrowseCatalogue) =>
  infiniteQueryOptions({
    queryKey: ['catalogue', 'entries', params],
    queryFn: ({ pageParam, signal }) =>
      ops.listCatalogueEntries({ limit: 40, ...params, after: pageParam }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export const catalogueEntryQuery = (id: string) =>
  queryOptions({
    queryKey: ['catalogue', 'entry', id],
    queryFn: ({ signal }) => ops.getCatalogueEntry(id, { signal }),
  });

export const workflowsQuery = (params: ListWorkflows) =>
  infiniteQueryOptions({
    queryKey: ['workflows', params],
    queryFn: ({ pageParam, signal }) =>
      ops.listWorkflows({ limit: 50, ...params, after: pageParam }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export const workflowQuery = (id: string, at: AtVersion = {}) =>
  queryOptions({
    queryKey: ['workflow', id, at],
    queryFn: ({ signal }) => ops.getWorkflow(id, at, { signal }),
  });

export const variationsQuery = (id: string, draft?: string) =>
  queryOptions({
    queryKey: ['variations', id, draft ?? ''],
    queryFn: ({ signal }) => ops.listVariations(id, draft, { signal }),
  });

/** What was found, the best first, with counts of what one can filter by. */
export const searchQuery = (params: ListPrompts) =>
  infiniteQueryOptions({
    queryKey: ['search', params],
    queryFn: ({ pageParam, signal }) =>
      ops.searchPrompts(
        { limit: 20, ...params, facets: pageParam === undefined, after: pageParam },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export const draftsQuery = queryOptions({
  queryKey: ['drafts'],
  queryFn: ({ signal }) => ops.listDrafts({}, { signal }),
});

/** Drafts that were put away: closed, archived or deleted. */
export const restedDraftsQuery = queryOptions({
  queryKey: ['drafts', 'rested'],
  queryFn: async ({ signal }) => {
    const lists = await Promise.all(
      ['closed', 'archived', 'deleted'].map((status) => ops.listDrafts({ status }, { signal })),
    );
    return lists.flat();
  },
});

/** What “update with latest” would bring; asked for a moment before it matters. */
export const pendingUpdateQuery = (name: string) =>
  queryOptions({
    queryKey: ['pending-update', name],
    queryFn: ({ signal }) => ops.getPendingUpdate(name, { signal }),
  });

export const standingQuery = queryOptions({
  queryKey: ['standing'],
  queryFn: ({ signal }) => ops.listStanding({ signal }),
});

export const changesQuery = (params: ListChanges) =>
  infiniteQueryOptions({
    queryKey: ['changes', params],
    queryFn: ({ pageParam, signal }) =>
      ops.listChanges({ limit: 30, ...params, below: pageParam }, { signal }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const changeQuery = (number: number) =>
  queryOptions({
    queryKey: ['change', number],
    queryFn: ({ signal }) => ops.getChange(number, { signal }),
  });

/** One file of a change, with what a model would read for a sample person. */
export const changeFileQuery = (number: number, path: string, variables: object) =>
  queryOptions({
    queryKey: ['change-file', number, path, variables],
    queryFn: ({ signal }) => ops.compareFile(number, path, variables, { signal }),
    placeholderData: keepPreviousData,
  });

export const noticesQuery = queryOptions({
  queryKey: ['notices'],
  queryFn: ({ signal }) => ops.listNotices({ limit: 30 }, { signal }),
});

export const recordFormQuery = (paths: string[], wordingOnly = false) =>
  queryOptions({
    queryKey: ['record-form', paths, wordingOnly],
    queryFn: ({ signal }) => ops.getRecordForm(paths, wordingOnly, { signal }),
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });

export const draftQuery = (name: string) =>
  queryOptions({ queryKey: ['draft', name], queryFn: ({ signal }) => ops.getDraft(name, { signal }) });

export const commitsQuery = (draft?: string, limit = 20) =>
  queryOptions({
    queryKey: ['commits', draft ?? '', limit],
    queryFn: ({ signal }) => ops.listCommits({ draft, limit }, { signal }),
  });

export const releasesQuery = infiniteQueryOptions({
  queryKey: ['releases'],
  queryFn: ({ pageParam, signal }) => ops.listReleases({ below: pageParam, limit: 50 }, { signal }),
  initialPageParam: undefined as number | undefined,
  getNextPageParam: (page) => page.next ?? undefined,
});

export const releaseQuery = (number: number) =>
  queryOptions({
    queryKey: ['release', number],
    queryFn: ({ signal }) => ops.getRelease(number, { signal }),
  });

export const environmentsQuery = queryOptions({
  queryKey: ['environments'],
  queryFn: ({ signal }) => ops.listEnvironments({ signal }),
});

export const rolloutsQuery = queryOptions({
  queryKey: ['rollouts'],
  queryFn: ({ signal }) => ops.listRollouts({ limit: 100 }, { signal }),
});

export const rolloutQuery = (number: number) =>
  queryOptions({
    queryKey: ['rollout', number],
    queryFn: ({ signal }) => ops.getRollout(number, { signal }),
  });

export const entriesQuery = (params: ListEntries) =>
  infiniteQueryOptions({
    queryKey: ['entries', params],
    queryFn: ({ pageParam, signal }) =>
      ops.listEntries({ limit: 50, ...params, below: pageParam }, { signal }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export const peopleQuery = queryOptions({
  queryKey: ['people'],
  queryFn: ({ signal }) => ops.listPeople({ signal }),
});

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: ({ signal }) => ops.listTokens({ signal }),
});

export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: ({ signal }) => ops.listKeys({ signal }),
});

/** The file with which Git checks signatures; asked for only where somebody wants it. */
export const allowedSignersQuery = queryOptions({
  queryKey: ['keys', 'allowed-signers'],
  queryFn: ({ signal }) => ops.getAllowedSigners({ signal }),
});

export const mirrorsQuery = queryOptions({
  queryKey: ['mirrors'],
  queryFn: ({ signal }) => ops.listMirrors({ signal }),
});

export const mirrorQuery = (name: string) =>
  queryOptions({
    queryKey: ['mirrors', name],
    queryFn: ({ signal }) => ops.getMirror(name, { signal }),
  });

/** The sample's state; asked again every other second while its simulated customers run. */
export const demoQuery = queryOptions({
  queryKey: ['demo'],
  queryFn: ({ signal }) => ops.getDemo({ signal }),
  refetchInterval: (query) => (query.state.data?.traffic.running ? 2000 : false),
});
