/** What stands around every page: who is signed in, and the shell. */
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { ApiProblem } from '@/api/client';
import { sessionQuery } from '@/api/queries';
import { text } from './addresses';
import { Shell } from './Shell';

export const root = createRootRouteWithContext<{ cache: QueryClient }>()({});

export const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { back?: string } => ({ back: text(search.back) }),
  component: lazyRouteComponent(() => import('@/features/sign-in/SignInPage'), 'SignInPage'),
});

export const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.cache.ensureQueryData(sessionQuery);
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) {
        throw redirect({ to: '/sign-in', search: { back: location.href } });
      }
      throw error;
    }
  },
});

/** Where the pages stand. */
export const under = () => shell;
