import { Button, SegmentedControl } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { incidentsQuery } from '@/api/escalation-queries';
import type { Incident } from '@/api/types';
import { IncidentPills } from '@/components/IncidentPills';
import { LinkButton } from '@/components/LinkButton';
import { Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { useLogWords } from '@/components/session';
import { ago } from '@/lib/format';

/** What went wrong, and who looks after it. */
export function IncidentsPage() {
  const all = useSearch({ from: '/shell/incidents' }).all ?? false;
  const navigate = useNavigate();
  const incidents = useInfiniteQuery(incidentsQuery(!all));
  return (
    <Page
      title="Incidents"
      intent="What went wrong, who was told, and who looks after it."
      actions={
        <LinkButton to="/settings/escalation" variant="default">
          Ladders and on-call
        </LinkButton>
      }
    >
      <SegmentedControl
        aria-label="Which incidents"
        value={all ? 'all' : 'open'}
        onChange={(value) =>
          void navigate({ to: '/incidents', search: value === 'all' ? { all: true } : {}, replace: true })
        }
        data={[
          { value: 'open', label: 'Not resolved' },
          { value: 'all', label: 'All' },
        ]}
      />
      <Loaded query={incidents}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          if (items.length === 0)
            return (
              <Empty title={all ? 'Nothing ever went wrong' : 'Nothing is wrong'}>
                When a guard fires, a review is late or somebody stops everything, it stands here, with who
                was told and when.
              </Empty>
            );
          return (
            <ul className="tile flush list">
              {items.map((one) => (
                <Row key={one.number} incident={one} />
              ))}
            </ul>
          );
        }}
      </Loaded>
      {incidents.hasNextPage && (
        <Button
          variant="default"
          loading={incidents.isFetchingNextPage}
          onClick={() => void incidents.fetchNextPage()}
        >
          Show older ones
        </Button>
      )}
    </Page>
  );
}

function Row({ incident }: { incident: Incident }) {
  const words = useLogWords();
  return (
    <li className="row between" style={{ padding: '14px 20px' }}>
      <div className="stack tight grow wrap-any" style={{ flexBasis: 240 }}>
        <Link to="/incidents/$number" params={{ number: String(incident.number) }} className="link">
          {`I-${incident.number} ${words(incident.title)}`}
        </Link>
        <span className="small quiet">
          {`opened ${ago(incident.opened_at)}`}
          {incident.environment && ` in ${incident.environment}`}
          {incident.times > 1 && `, came ${incident.times} times`}
          {incident.holder && `, with ${incident.holder}`}
        </span>
      </div>
      <div className="row">
        <IncidentPills incident={incident} />
      </div>
    </li>
  );
}
