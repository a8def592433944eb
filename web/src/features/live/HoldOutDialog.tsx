import { NativeSelect, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { startHoldOut } from '@/api/operations';
import { environmentsQuery } from '@/api/queries';
import { FormDialog } from '@/components/FormDialog';
import { useAct, useLibrary } from '@/components/session';

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** Keeps a share of everybody at what is live now. */
export function HoldOutDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const environments = useQuery(environmentsQuery).data ?? [];
  const kpis = useLibrary()?.kpis.filter((kpi) => kpi.kind !== 'quantile') ?? [];
  const [title, setTitle] = useState('');
  const [environment, setEnvironment] = useState('');
  const [share, setShare] = useState('5');
  const [until, setUntil] = useState(() => inDays(90));
  const [goal, setGoal] = useState<string | null>(null);
  const navigate = useNavigate();
  const start = useAct(startHoldOut, {
    quiet: true,
    onDone: (rollout) => {
      onClose();
      void navigate({ to: '/live/$number', params: { number: String(rollout.number) } });
    },
  });
  const part = Number(share.replace(',', '.').replace('%', ''));
  const shareFits = part > 0 && part <= 20;
  const ends = Date.parse(`${until}T23:59:59`);
  const endFits = !Number.isNaN(ends) && ends > Date.now();
  const where = environments.find((one) => one.name === (environment || environments[0]?.name));
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title="Hold people out"
      act="Hold them out"
      ready={title.trim() !== '' && shareFits && endFits && where?.release != null}
      busy={start.isPending}
      error={start.error ?? undefined}
      onSubmit={() =>
        start.mutate({
          environment: where?.name,
          title: title.trim(),
          share: Math.round(part * 100),
          until: new Date(ends).toISOString(),
          goal,
        })
      }
    >
      <p className="quiet">
        A share of everybody keeps what is live now, whatever goes live and whatever is tried until it ends.
        Compared with everybody else, they tell what all changes together brought.
      </p>
      <TextInput
        label="Title"
        placeholder="First quarter"
        required
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
        data-autofocus
      />
      <div className="two-fields">
        <NativeSelect
          label="Where"
          data={environments.map((one) => one.name)}
          value={where?.name ?? ''}
          onChange={(event) => setEnvironment(event.currentTarget.value)}
          error={where && where.release == null ? 'Nothing is live there' : undefined}
        />
        <TextInput
          label="Share of everybody (percent)"
          inputMode="decimal"
          value={share}
          onChange={(event) => setShare(event.currentTarget.value)}
          error={shareFits ? undefined : 'A percentage above 0, and at most 20'}
        />
        <TextInput
          type="date"
          label="Until"
          value={until}
          onChange={(event) => setUntil(event.currentTarget.value)}
          error={endFits ? undefined : 'A day to come'}
        />
        <Select
          label="Compared by"
          placeholder="A number"
          data={kpis.map((kpi) => ({ value: kpi.id, label: kpi.title }))}
          value={goal}
          onChange={setGoal}
          clearable
        />
      </div>
    </FormDialog>
  );
}
