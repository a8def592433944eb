/** Every address of the application. Pages come in chunks of their own. */
import type { QueryClient } from '@tanstack/react-query';
import { createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Bones } from '@/components/Loaded';
import {
  type ActivitySearch,
  catalogueSearch,
  flag,
  librarySearch,
  type MapSearch,
  number,
  type PromptSearch,
  searchSearch,
  text,
  upkeepSearch,
  type WorkflowSearch,
} from './addresses';
import { PageFailed, PageMissing } from './failures';
import { root, shell, signIn, under } from './frame';
import { measurement } from './measurement-routes';
import { measuring } from './measuring';

const home = createRoute({
  getParentRoute: under,
  path: '/',
  component: lazyRouteComponent(() => import('@/features/home/HomePage'), 'HomePage'),
});
const start = createRoute({
  getParentRoute: under,
  path: '/start',
  component: lazyRouteComponent(() => import('@/features/first-run/FirstRunPage'), 'FirstRunPage'),
});
const library = createRoute({
  getParentRoute: under,
  path: '/library',
  validateSearch: librarySearch,
  component: lazyRouteComponent(() => import('@/features/library/LibraryPage'), 'LibraryPage'),
});
const upkeep = createRoute({
  getParentRoute: under,
  path: '/library/upkeep',
  validateSearch: upkeepSearch,
  component: lazyRouteComponent(() => import('@/features/upkeep/UpkeepPage'), 'UpkeepPage'),
});
const view = createRoute({
  getParentRoute: under,
  path: '/views/$id',
  component: lazyRouteComponent(() => import('@/features/view/ViewPage'), 'ViewPage'),
});
const catalogue = createRoute({
  getParentRoute: under,
  path: '/catalogue',
  validateSearch: catalogueSearch,
  component: lazyRouteComponent(() => import('@/features/catalogue/CataloguePage'), 'CataloguePage'),
});
const catalogueEntry = createRoute({
  getParentRoute: under,
  path: '/catalogue/$id',
  component: lazyRouteComponent(() => import('@/features/catalogue/EntryPage'), 'EntryPage'),
});
const prompt = createRoute({
  getParentRoute: under,
  path: '/prompts/$id',
  validateSearch: (search: Record<string, unknown>): PromptSearch => ({
    tab: text(search.tab),
    version: number(search.version),
    draft: text(search.draft),
  }),
  component: lazyRouteComponent(() => import('@/features/prompt/PromptPage'), 'PromptPage'),
});
const compare = createRoute({
  getParentRoute: under,
  path: '/prompts/$id/compare',
  validateSearch: (search: Record<string, unknown>): { from?: number; to?: number } => ({
    from: number(search.from),
    to: number(search.to),
  }),
  component: lazyRouteComponent(() => import('@/features/compare/ComparePage'), 'ComparePage'),
});
const edit = createRoute({
  getParentRoute: under,
  path: '/prompts/$id/edit',
  validateSearch: (search: Record<string, unknown>): { draft?: string } => ({ draft: text(search.draft) }),
  component: lazyRouteComponent(() => import('@/features/editor/EditorPage'), 'EditorPage'),
});
const create = createRoute({
  getParentRoute: under,
  path: '/new',
  validateSearch: (search: Record<string, unknown>): { folder?: string; draft?: string } => ({
    folder: text(search.folder),
    draft: text(search.draft),
  }),
  component: lazyRouteComponent(() => import('@/features/editor/NewPromptPage'), 'NewPromptPage'),
});
const drafts = createRoute({
  getParentRoute: under,
  path: '/drafts',
  validateSearch: (search: Record<string, unknown>): { view?: string; kind?: string } => ({
    view: text(search.view),
    kind: text(search.kind),
  }),
  component: lazyRouteComponent(() => import('@/features/drafts/DraftsPage'), 'DraftsPage'),
});
const draft = createRoute({
  getParentRoute: under,
  path: '/drafts/$name',
  component: lazyRouteComponent(() => import('@/features/drafts/DraftPage'), 'DraftPage'),
});
const send = createRoute({
  getParentRoute: under,
  path: '/drafts/$name/send',
  component: lazyRouteComponent(() => import('@/features/drafts/SendPage'), 'SendPage'),
});
const resolve = createRoute({
  getParentRoute: under,
  path: '/drafts/$name/resolve',
  component: lazyRouteComponent(() => import('@/features/resolve/ResolvePage'), 'ResolvePage'),
});
const map = createRoute({
  getParentRoute: under,
  path: '/map',
  validateSearch: (search: Record<string, unknown>): MapSearch => ({
    prompt: text(search.prompt),
    draft: text(search.draft),
    change: number(search.change),
    view: text(search.view),
    kinds: text(search.kinds),
  }),
  component: lazyRouteComponent(() => import('@/features/map/MapPage'), 'MapPage'),
});
const workflows = createRoute({
  getParentRoute: under,
  path: '/workflows',
  validateSearch: (search: Record<string, unknown>): { q?: string; errors?: boolean } => ({
    q: text(search.q),
    errors: flag(search.errors),
  }),
  component: lazyRouteComponent(() => import('@/features/workflows/WorkflowsPage'), 'WorkflowsPage'),
});
const workflow = createRoute({
  getParentRoute: under,
  path: '/workflows/$id',
  validateSearch: (search: Record<string, unknown>): WorkflowSearch => ({
    view: text(search.view),
    step: text(search.step),
    draft: text(search.draft),
  }),
  component: lazyRouteComponent(() => import('@/features/workflows/WorkflowPage'), 'WorkflowPage'),
});
const search = createRoute({
  getParentRoute: under,
  path: '/search',
  validateSearch: searchSearch,
  component: lazyRouteComponent(() => import('@/features/search/SearchPage'), 'SearchPage'),
});
const reviews = createRoute({
  getParentRoute: under,
  path: '/reviews',
  validateSearch: (search: Record<string, unknown>): { tab?: string } => ({ tab: text(search.tab) }),
  component: lazyRouteComponent(() => import('@/features/review/ReviewsPage'), 'ReviewsPage'),
});
const review = createRoute({
  getParentRoute: under,
  path: '/reviews/$number',
  component: lazyRouteComponent(() => import('@/features/review/ReviewPage'), 'ReviewPage'),
});
const releases = createRoute({
  getParentRoute: under,
  path: '/releases',
  component: lazyRouteComponent(() => import('@/features/releases/ReleasesPage'), 'ReleasesPage'),
});
const release = createRoute({
  getParentRoute: under,
  path: '/releases/$number',
  component: lazyRouteComponent(() => import('@/features/releases/ReleasePage'), 'ReleasePage'),
});
const activity = createRoute({
  getParentRoute: under,
  path: '/activity',
  validateSearch: (search: Record<string, unknown>): ActivitySearch => ({
    actor: number(search.actor),
    action: text(search.action),
    target: text(search.target),
  }),
  component: lazyRouteComponent(() => import('@/features/activity/ActivityPage'), 'ActivityPage'),
});
const people = createRoute({
  getParentRoute: under,
  path: '/people',
  component: lazyRouteComponent(() => import('@/features/people/PeoplePage'), 'PeoplePage'),
});
const incidents = createRoute({
  getParentRoute: under,
  path: '/incidents',
  validateSearch: (search: Record<string, unknown>): { all?: boolean } => ({ all: flag(search.all) }),
  component: lazyRouteComponent(() => import('@/features/incidents/IncidentsPage'), 'IncidentsPage'),
});
const incident = createRoute({
  getParentRoute: under,
  path: '/incidents/$number',
  component: lazyRouteComponent(() => import('@/features/incidents/IncidentPage'), 'IncidentPage'),
});
const escalation = createRoute({
  getParentRoute: under,
  path: '/settings/escalation',
  component: lazyRouteComponent(() => import('@/features/escalation/EscalationPage'), 'EscalationPage'),
});
const settings = createRoute({
  getParentRoute: under,
  path: '/settings',
  component: lazyRouteComponent(() => import('@/features/settings/SettingsPage'), 'SettingsPage'),
});

const data = createRoute({
  getParentRoute: under,
  path: '/data',
  validateSearch: (search: Record<string, unknown>): { tab?: string } => ({ tab: text(search.tab) }),
  component: lazyRouteComponent(() => import('@/features/data/DataPage'), 'DataPage'),
});

const tree = root.addChildren([
  signIn,
  shell.addChildren([
    home,
    start,
    library,
    upkeep,
    view,
    catalogue,
    catalogueEntry,
    prompt,
    compare,
    edit,
    create,
    drafts,
    draft,
    send,
    resolve,
    map,
    workflows,
    workflow,
    search,
    reviews,
    review,
    releases,
    release,
    incidents,
    incident,
    escalation,
    ...measuring,
    ...measurement,
    activity,
    data,
    people,
    settings,
  ]),
]);

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
