import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { startDemo } from '@/api/operations';
import { demoQuery } from '@/api/queries';
import { Icon } from '@/components/Icon';
import { LinkButton } from '@/components/LinkButton';
import { useAct, useMay } from '@/components/session';

/** The one thing to do first in the sample: see a bad edit being taken back. */
export function SampleCard() {
  const demo = useQuery(demoQuery).data;
  const mayStart = useMay('go-live');
  const navigate = useNavigate();
  const start = useAct(startDemo, {
    onDone: (state) => {
      if (state.rollout != null)
        void navigate({ to: '/live/$number', params: { number: String(state.rollout) } });
      else void navigate({ to: '/live' });
    },
  });
  if (!demo?.available) return null;
  return (
    <section className="sample-card" aria-labelledby="sample-title">
      <div className="grow stack tight">
        <span className="label">Sample workspace</span>
        <h2 id="sample-title">See a bad edit being taken back</h2>
        <p>
          {`${demo.summary || demo.title} It looks like an improvement. Simulated customers will show that it is not, and the guard takes it back by itself. About one minute.`}
        </p>
      </div>
      <div className="stack tight sample-acts">
        {demo.traffic.running && demo.rollout != null ? (
          <LinkButton to="/live/$number" params={{ number: String(demo.rollout) }}>
            Watch it
          </LinkButton>
        ) : (
          <Button
            size="md"
            loading={start.isPending}
            disabled={!mayStart}
            leftSection={<Icon name="play" />}
            onClick={() => start.mutate(undefined)}
          >
            {demo.rollout == null ? 'Start' : 'Run it again'}
          </Button>
        )}
        {demo.rollout != null && !demo.traffic.running && (
          <Link to="/live/$number" params={{ number: String(demo.rollout) }} className="link small">
            See the last run
          </Link>
        )}
      </div>
    </section>
  );
}
