/** The root of all addresses, and the frame that asks who is there. */
import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, redirect } from '@tanstack/react-router';
import { ApiProblem } from '@/api/client';
import { sessionQuery } from '@/api/queries';
import { Shell } from './Shell';

export const root = createRootRouteWithContext<{ cache: QueryClient }>()({});

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

export const under = () => shell;
