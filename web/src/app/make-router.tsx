/** The router with what is shown while a page loads and when it fails. */
import type { QueryClient } from '@tanstack/react-query';
import { createRouter } from '@tanstack/react-router';
import { Bones } from '@/components/Loaded';
import { PageFailed, PageMissing } from './failures';
import { tree } from './router';

export function makeRouter(cache: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { cache },
    defaultPreload: 'intent',
    defaultPendingComponent: () => (
      <div className="page" style={{ paddingTop: 60 }}>
        <Bones rows={5} />
      </div>
    ),
    defaultPendingMs: 150,
    defaultErrorComponent: PageFailed,
    defaultNotFoundComponent: PageMissing,
    scrollRestoration: true,
  });
}
