/** What is asked of journeys; `days` is the lookback. */
export type JourneysSearch = { tab?: string; kpi?: string; by?: string; days?: number; touches?: string };
