/** The pages about what versions bring: rollouts, plans, results. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { kpisSearch, number, type PlannedSearch, type PlannerSearch, text, words } from './addresses';
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

const cohorts = createRoute({
  getParentRoute: under,
  path: '/live/$number/cohorts',
  validateSearch: (search: Record<string, unknown>): { by?: string } => ({ by: text(search.by) }),
  component: lazyRouteComponent(() => import('@/features/cohorts/CohortsPage'), 'CohortsPage'),
});
const kpis = createRoute({
  getParentRoute: under,
  path: '/kpis',
  validateSearch: kpisSearch,
  component: lazyRouteComponent(() => import('@/features/kpis/KpisPage'), 'KpisPage'),
});

export const measuring = [startRollout, live, planner, rollout, cohorts, kpis] as const;
