import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { changesQuery, standingQuery } from '@/api/queries';
import { waiting } from '@/lib/standing';
import { useSession } from './session';

/** What waits for whoever is signed in: owed reviews, reviews, their own work, what is ready to publish. */
export function useWaiting(): ReturnType<typeof waiting> {
  const me = useSession()?.actor;
  const standing = useQuery(standingQuery).data ?? [];
  const owed = useInfiniteQuery(changesQuery({ owed: true })).data?.pages.flatMap((page) => page.items) ?? [];
  return me ? waiting(standing, owed, me) : [];
}
