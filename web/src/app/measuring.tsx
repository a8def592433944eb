/** The pages about what versions bring: rollouts, plans, results. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { number, type PlannedSearch, type PlannerSearch, text, words } from './addresses';
import { under } from './frame';

const startRollout = createRoute({
  getParentRoute: under,
  path: '/releases/$number/try',
  validateSearch: (search: Record<string, unknown>): PlannedSearch => ({
    goal: text(search.goal),
    lift: words(search.lift),
    people: number(search.people),
  }),
  component: lazyRouteComponent(() => import('@/features/releases/StartRolloutPage'), 'StartRolloutPage'),
});
const live = createRoute({
  getParentRoute: under,
  path: '/live',
  component: lazyRouteComponent(() => import('@/features/live/LivePage'), 'LivePage'),
});
const planner = createRoute({
  getParentRoute: under,
  path: '/planner',
  validateSearch: (search: Record<string, unknown>): PlannerSearch => ({
    kpi: text(search.kpi),
    lift: words(search.lift),
    prompt: text(search.prompt),
  }),
  component: lazyRouteComponent(() => import('@/features/planner/PlannerPage'), 'PlannerPage'),
});
const rollout = createRoute({
  getParentRoute: under,
  path: '/live/$number',
  component: lazyRouteComponent(() => import('@/features/live/RolloutPage'), 'RolloutPage'),
});

export const measuring = [startRollout, live, planner, rollout] as const;
