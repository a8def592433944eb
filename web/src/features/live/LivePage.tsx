import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { rolloutsQuery } from '@/api/queries';
import type { Rollout } from '@/api/types';
import { LinkButton } from '@/components/LinkButton';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { RolloutPill } from '@/components/Pill';
import { useMay } from '@/components/session';
import { count, date, personName, share } from '@/lib/format';
import { endedSentence } from '@/lib/rollouts';
import { HoldOutDialog } from './HoldOutDialog';
import { StageBar } from './StageBar';
import './live.css';
import { Said } from '@/components/Said';

const isOpen = (rollout: Rollout) => rollout.state === 'running' || rollout.state === 'paused';

/** Every rollout, the running ones first. */
export function LivePage() {
  const rollouts = useQuery(rolloutsQuery);
  const mayGoLive = useMay('go-live');
  const [holding, setHolding] = useState(false);
  return (
    <Page
      title="Live"
      intent="New versions beside the old ones, watched by guards. What runs now stands first."
      actions={
        <>
          {mayGoLive && (
            <Button variant="default" onClick={() => setHolding(true)}>
              Hold people out
            </Button>
          )}
          <LinkButton to="/planner" search={{}} variant="default">
            Plan a rollout
          </LinkButton>
        </>
      }
    >
      <HoldOutDialog opened={holding} onClose={() => setHolding(false)} />
      <Loaded
        query={rollouts}
        shape={
          <div className="tile">
            <Bones rows={5} height={28} />
          </div>
        }
      >
        {(page) =>
          page.items.length === 0 ? (
            <Empty
              title="Nothing is being tried"
              action={<LinkButton to="/releases">Choose a release to try</LinkButton>}
            >
              A rollout shows a new version to part of the audience and measures what it brings. It stands
              here while it runs, and afterwards with its result.
            </Empty>
          ) : (
            <div className="stack">
              {page.items.filter(isOpen).map((rollout) => (
                <OpenCard key={rollout.number} rollout={rollout} />
              ))}
              <Ended list={page.items.filter((rollout) => !isOpen(rollout))} />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

const whoTakesPart = (rollout: Rollout) =>
  rollout.design === 'hold-out'
    ? `${share(rollout.arms?.[0]?.share ?? 0)} held out`
    : rollout.design === 'shadow'
      ? `${share(rollout.coverage)} in the shadow`
      : share(rollout.coverage);

function OpenCard({ rollout }: { rollout: Rollout }) {
  return (
    <Link to="/live/$number" params={{ number: String(rollout.number) }} className="tile open-card stack">
      <span className="between">
        <span className="open-title">{rollout.title}</span>
        <RolloutPill rollout={rollout} />
      </span>
      <span className="verdict">
        <Said text={rollout.sentence} />
      </span>
      <StageBar rollout={rollout} />
      <span className="small quiet">{`${whoTakesPart(rollout)} in ${rollout.environment} · ${count(rollout.exposed.reduce((a, b) => a + b, 0))} people · started by ${personName(rollout.started_by)}`}</span>
    </Link>
  );
}

function Ended({ list }: { list: Rollout[] }) {
  if (list.length === 0) return null;
  return (
    <section className="stack tight">
      <h2 className="label">Ended</h2>
      <ul className="tile flush list">
        {list.map((rollout) => (
          <li key={rollout.number}>
            <Link
              to="/live/$number"
              params={{ number: String(rollout.number) }}
              className="list-row ended-row"
            >
              <span className="grow">
                <span style={{ fontWeight: 550, display: 'block' }}>{rollout.title}</span>
                <span className="serif quiet">{endedSentence(rollout)}</span>
              </span>
              <span className="small quiet">{`${count(rollout.exposed.reduce((a, b) => a + b, 0))} people · ${date(rollout.ending?.at ?? rollout.started_at)}`}</span>
              <RolloutPill rollout={rollout} />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
