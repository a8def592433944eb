/** What pages ask for: the queries of the API's lists. */

export type AskCohorts = { rollout: number; kpi?: string; by: string };
export type AskSeries = {
  kpi: string;
  prompt?: string;
  by?: string;
  from?: string;
  until?: string;
  grain?: string;
};
export type AskBaselines = { kpi?: string; prompt?: string };
export type AskRetention = { kpi: string; prompt?: string; by?: string; weeks?: number };

/** What is planned; the query of `GET /plan`. */
export type AskPlan = {
  kpi: string;
  lift: number;
  prompt?: string;
  baseline?: number;
  sd?: number;
  daily_units?: number;
  arms?: number;
};

/** Of what impact is asked: exactly one of the three; the query of `GET /impact`. */
export type AskImpact = {
  prompt?: string;
  draft?: string;
  change?: number;
  kind?: string;
  after?: string;
  limit?: number;
};

/** What of the catalogue to list; the query of `GET /catalogue`. */
export type BrowseCatalogue = {
  q?: string;
  category?: string;
  lacking?: string;
  below?: number;
  after?: string;
  limit?: number;
};

/** Which workflows to list; the query of `GET /workflows`. */
export type ListWorkflows = {
  q?: string;
  runs?: string;
  with_errors?: boolean;
  after?: string;
  limit?: number;
};

/** What to list in the library; the query of `GET /prompts`. */
export type ListPrompts = {
  q?: string;
  folder?: string;
  channel?: string;
  brand?: string;
  region?: string;
  kind?: string;
  includes?: string;
  with_errors?: boolean;
  owner?: string;
  category?: string;
  /** Comma-separated; all of them. */
  tag?: string;
  status?: string;
  archived?: boolean;
  /** An environment, or `any`. */
  live?: string;
  expiring_days?: number;
  facets?: boolean;
  after?: string;
  limit?: number;
};

/** Which entries to list; the query of `GET /entries`. */
export type ListEntries = {
  target?: string;
  actor?: number;
  action?: string;
  below?: number;
  limit?: number;
};

/** Which state of a prompt; the query of `GET /prompts/{id}`. */
export type AtVersion = { version?: number; draft?: string };

/** Which changes to list; the query of `GET /changes`. */
export type ListChanges = {
  status?: string;
  draft?: string;
  author?: number;
  owed?: boolean;
  below?: number;
  limit?: number;
};
