import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { libraryQuery, sessionQuery } from '@/api/queries';
import type { LibrarySettings, Live, Session } from '@/api/types';
import { expectedWords } from '@/lib/record-words';
import { withTitles } from '@/lib/words-shown';
import { toastProblem } from './toast';

/** Who is signed in; the shell shows nothing below it before that is known. */
export function useSession(): Session | undefined {
  return useQuery(sessionQuery).data;
}

export type Right =
  | 'write-draft'
  | 'publish'
  | 'create-release'
  | 'go-live'
  | 'roll-back'
  | 'confirm-decision'
  | 'manage-people'
  | 'administer'
  | 'comment'
  | 'review'
  | 'emergency-publish';

/** Whether the one who is signed in may do something; for showing and hiding buttons only. */
export function useMay(right: Right): boolean {
  return useSession()?.actor.may.includes(right) ?? false;
}

/** The library's settings, once they are here. */
export function useLibrary(): LibrarySettings | undefined {
  return useQuery(libraryQuery).data;
}

/** Does something on the server: afterwards everything on the page is asked again; a failure is said. */
export function useAct<In, Out>(
  act: (input: In) => Promise<Out>,
  { onDone, quiet = false }: { onDone?: (out: Out, input: In) => void; quiet?: boolean } = {},
) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: (out, input) => {
      void cache.invalidateQueries();
      onDone?.(out, input);
    },
    onError: quiet ? undefined : toastProblem,
  });
}

/** Writes an expectation with the KPI's title. */
export function useExpectedWords(): (hypothesis: string) => string {
  const kpis = useLibrary()?.kpis ?? [];
  return (hypothesis) => expectedWords(hypothesis, kpis);
}

/** Where something is live, in the order in which the library names its environments: the first one counts most. */
export function useLiveInOrder(live: Live[]): Live[] {
  const order = useLibrary()?.environments ?? [];
  const rank = (place: Live) => (order.indexOf(place.environment) + order.length + 1) % (order.length + 1);
  return [...live].sort((a, b) => rank(a) - rank(b));
}

/** Writes a sentence of the log with the titles of KPIs. */
export function useLogWords(): (sentence: string) => string {
  const kpis = useLibrary()?.kpis ?? [];
  return (sentence) => withTitles(sentence, kpis);
}
