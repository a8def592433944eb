import { Menu, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useRouterState } from '@tanstack/react-router';
import { openIncidentsQuery } from '@/api/escalation-queries';
import { signOut } from '@/api/operations';
import { draftsQuery, rolloutsQuery } from '@/api/queries';
import { Icon } from '@/components/Icon';
import { StopEverything } from '@/components/StopEverything';
import { useSession } from '@/components/session';
import { useWaiting } from '@/components/waiting';
import { roleWords } from '@/lib/words-shown';
import { destinations } from './destinations';

/** Prompts stand in the library, so it stays marked while one is read or edited; so it is with workflows. */
function isHere(to: string, path: string): boolean {
  if (to === '/') return path === '/';
  if (/^\/prompts\/workflows(%2F|\/)/i.test(path)) return to === '/workflows';
  if (to === '/library' && /^\/(prompts\/|views\/|new$|search$)/.test(path)) return true;
  return path === to || path.startsWith(`${to}/`);
}

export function Navigation({ inDrawer = false }: { inDrawer?: boolean }) {
  const session = useSession();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const rollouts = useQuery(rolloutsQuery).data?.items ?? [];
  const drafts = (useQuery(draftsQuery).data ?? []).filter((draft) => draft.status === 'open');
  const alarms = useQuery(openIncidentsQuery).data?.items ?? [];
  const unanswered = alarms.filter((one) => one.state === 'open' || one.state === 'handed-over').length;
  const waits = useWaiting().length;
  const open = rollouts.filter((rollout) => rollout.state === 'running' || rollout.state === 'paused');
  const mark: Record<string, React.ReactNode> = {
    '/live': open.length > 0 && (
      <span className="nav-live">
        <Icon name="dot" size={12} />
        <span className="visually-hidden">{`${open.length} running`}</span>
      </span>
    ),
    '/reviews': waits > 0 && (
      <span className="nav-count waits">
        {waits}
        <span className="visually-hidden"> waiting for you</span>
      </span>
    ),
    '/incidents': unanswered > 0 && (
      <span className="nav-count waits">
        {unanswered}
        <span className="visually-hidden"> not answered</span>
      </span>
    ),
    '/drafts': drafts.length > 0 && <span className="nav-count">{drafts.length}</span>,
  };
  const items = (group: string) =>
    destinations
      .filter((place) => place.group === group)
      .map((place) => (
        <li key={place.to}>
          <Link
            to={place.to}
            className="nav-item"
            aria-current={isHere(place.to, path) ? 'page' : undefined}
            activeOptions={{ exact: true }}
          >
            <span>{place.title}</span>
            {mark[place.to]}
          </Link>
        </li>
      ));
  return (
    <nav className="nav" aria-label="Main">
      {!inDrawer && (
        <Link to="/" className="brand" aria-label="Variorum, home">
          Variorum<i>.</i>
        </Link>
      )}
      <ul>{items('work')}</ul>
      <div className="nav-group">
        <span className="label">{session?.workspace.title ?? 'Workspace'}</span>
        {session?.workspace.sample && <span className="pill amber">Sample</span>}
      </div>
      <ul>{items('house')}</ul>
      <div className="nav-foot">
        <StopEverything />
        <SchemeSwitch />
        <Account />
      </div>
    </nav>
  );
}

function SchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      size="xs"
      fullWidth
      aria-label="Light or dark"
      value={colorScheme}
      onChange={(value) => setColorScheme(value as 'light' | 'dark' | 'auto')}
      data={[
        { value: 'light', label: 'Light' },
        { value: 'dark', label: 'Dark' },
        { value: 'auto', label: 'Auto' },
      ]}
    />
  );
}

function Account() {
  const session = useSession();
  const cache = useQueryClient();
  const navigate = useNavigate();
  if (!session) return null;
  const leave = async () => {
    await signOut().catch(() => undefined);
    cache.clear();
    await navigate({ to: '/sign-in' });
  };
  return (
    <Menu position="top-start" width={220}>
      <Menu.Target>
        <button type="button" className="account">
          <span className="avatar" aria-hidden="true">
            {session.actor.name.slice(0, 1)}
          </span>
          <span className="grow">
            <span className="clip" style={{ display: 'block' }}>
              {session.actor.name}
            </span>
            <span className="small quiet">{roleWords[session.actor.role]?.title ?? session.actor.role}</span>
          </span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label className="clip">{session.actor.email}</Menu.Label>
        <Menu.Item component={Link} to="/settings">
          Settings
        </Menu.Item>
        <Menu.Item onClick={() => void leave()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
