/** Addresses of what was measured. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { JourneysSearch } from '@/lib/journeys';
import { number, text } from './addresses';
import { under } from './frame';

const regressions = createRoute({
  getParentRoute: under,
  path: '/regressions',
  component: lazyRouteComponent(() => import('@/features/regressions/RegressionsPage'), 'RegressionsPage'),
});
const journeys = createRoute({
  getParentRoute: under,
  path: '/journeys',
  validateSearch: (search: Record<string, unknown>): JourneysSearch => ({
    tab: text(search.tab),
    kpi: text(search.kpi),
    by: text(search.by),
    days: number(search.days),
    touches: text(search.touches),
  }),
  component: lazyRouteComponent(() => import('@/features/journeys/JourneysPage'), 'JourneysPage'),
});
const ledger = createRoute({
  getParentRoute: under,
  path: '/ledger',
  validateSearch: (search: Record<string, unknown>): { kpi?: string; prompt?: string } => ({
    kpi: text(search.kpi),
    prompt: text(search.prompt),
  }),
  component: lazyRouteComponent(() => import('@/features/ledger/LedgerPage'), 'LedgerPage'),
});

export const measurement = [regressions, journeys, ledger] as const;
