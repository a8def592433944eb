import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { startDemo, startTraffic, stopTraffic } from '@/api/operations';
import type { Demo, RolloutDetail } from '@/api/types';
import { Glow } from '@/components/Glow';
import { Icon } from '@/components/Icon';
import { useAct, useMay } from '@/components/session';
import { count, plural } from '@/lib/format';

/** The sample: simulated customers while it runs, and afterwards why the edit failed. */
export function SamplePanel({ demo, rollout }: { demo: Demo; rollout: RolloutDetail }) {
  const navigate = useNavigate();
  const mayStart = useMay('go-live');
  const again = useAct(startDemo, {
    onDone: (state) =>
      state.rollout != null &&
      void navigate({ to: '/live/$number', params: { number: String(state.rollout) } }),
  });
  const stop = useAct(stopTraffic);
  const resume = useAct(startTraffic);
  const { traffic } = demo;
  if (rollout.state === 'rolled-back') {
    return (
      <section className="sample-panel" aria-label="Why it failed">
        <div className="grow stack tight">
          <span className="label">Sample</span>
          <h2 className="serif">Why it failed</h2>
          <p>{demo.why_it_fails.replace(/"([^"]*)"/g, '“$1”')}</p>
        </div>
        {mayStart && (
          <Button
            variant="default"
            loading={again.isPending}
            leftSection={<Icon name="play" size={14} />}
            onClick={() => again.mutate(undefined)}
          >
            Run it again
          </Button>
        )}
      </section>
    );
  }
  return (
    <section className="sample-panel" aria-label="Simulated customers">
      <div className="grow stack tight">
        <span className="label">Sample</span>
        {traffic.running ? (
          <p>
            <Glow value={count(traffic.customers)} />
            {` simulated customers served, ${count(traffic.events)} events reported. They stop by themselves in ${plural(traffic.seconds_left, 'second')}.`}
          </p>
        ) : (
          <p>The simulated customers have stopped. {count(traffic.customers)} were served.</p>
        )}
        {traffic.problem && (
          <p className="small" style={{ color: 'var(--red)' }}>
            {traffic.problem}
          </p>
        )}
      </div>
      {traffic.running ? (
        <Button variant="default" loading={stop.isPending} onClick={() => stop.mutate(undefined)}>
          Stop the customers
        </Button>
      ) : (
        <Button variant="default" loading={resume.isPending} onClick={() => resume.mutate({})}>
          Send customers
        </Button>
      )}
    </section>
  );
}
