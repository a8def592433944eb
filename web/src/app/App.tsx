import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { ApiProblem } from '@/api/client';
import { announceIds } from '@/lib/announce';
import { makeRouter } from './router';
import { theme } from './theme';

const cache: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      const signedOut = error instanceof ApiProblem && error.status === 401;
      if (signedOut && query.queryKey[0] !== 'session') {
        cache.removeQueries({ queryKey: ['session'] });
        void router.navigate({ to: '/sign-in' });
      }
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiProblem && error.status >= 400 && error.status < 500),
    },
  },
});

const router = makeRouter(cache);

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={cache}>
        <Notifications position="bottom-right" limit={4} />
        <div id={announceIds.polite} className="visually-hidden" aria-live="polite" />
        <div id={announceIds.assertive} className="visually-hidden" role="alert" aria-live="assertive" />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
