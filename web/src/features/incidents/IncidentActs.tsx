import { Button, Menu, Select, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answerIncident } from '@/api/escalation-queries';
import { peopleQuery } from '@/api/queries';
import type { Incident } from '@/api/types';
import { FormDialog } from '@/components/FormDialog';
import { ReasonDialog } from '@/components/ReasonDialog';
import { useAct } from '@/components/session';
import { toast } from '@/components/toast';

const spans = [
  { value: '30', label: '30 minutes' },
  { value: '120', label: '2 hours' },
  { value: '480', label: '8 hours' },
  { value: '1440', label: 'One day' },
  { value: '10080', label: 'One week' },
];

/** Acknowledge first; the rest is in a menu. */
export function IncidentActs({ incident }: { incident: Incident }) {
  const [asking, setAsking] = useState<'snooze' | 'hand-over' | 'resolve'>();
  const done = (title: string) => ({
    onDone: () => {
      setAsking(undefined);
      toast(title);
    },
  });
  const number = incident.number;
  const acknowledge = useAct(answerIncident, done('You are on it; nobody else is told'));
  const resolve = useAct(answerIncident, done(`I-${number} is resolved`));
  return (
    <div className="row">
      {incident.state !== 'acknowledged' && (
        <Button
          loading={acknowledge.isPending}
          onClick={() => acknowledge.mutate({ number, act: 'acknowledge', body: { note: '' } })}
        >
          Acknowledge
        </Button>
      )}
      <Button
        variant={incident.state === 'acknowledged' ? 'filled' : 'default'}
        onClick={() => setAsking('resolve')}
      >
        Resolve
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default">More</Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setAsking('snooze')}>Snooze…</Menu.Item>
          <Menu.Item onClick={() => setAsking('hand-over')}>Hand over…</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ReasonDialog
        opened={asking === 'resolve'}
        onClose={() => setAsking(undefined)}
        title="Is it over?"
        act="Resolve"
        reasonRequired
        busy={resolve.isPending}
        onConfirm={(reason) => reason && resolve.mutate({ number, act: 'resolve', body: { reason } })}
      />
      {asking === 'snooze' && <SnoozeDialog number={number} onClose={() => setAsking(undefined)} />}
      {asking === 'hand-over' && <HandOverDialog number={number} onClose={() => setAsking(undefined)} />}
    </div>
  );
}

type DialogProps = { number: number; onClose: () => void };

function SnoozeDialog({ number, onClose }: DialogProps) {
  const [minutes, setMinutes] = useState('120');
  const [reason, setReason] = useState('');
  const snooze = useAct(answerIncident, {
    quiet: true,
    onDone: () => {
      onClose();
      toast('It is quiet until then');
    },
  });
  const submit = () => {
    const until = new Date(Date.now() + Number(minutes) * 60_000).toISOString();
    snooze.mutate({ number, act: 'snooze', body: { until, reason: reason.trim() } });
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title="Snooze"
      act="Snooze"
      busy={snooze.isPending}
      error={snooze.error ?? undefined}
      ready={reason.trim() !== ''}
      onSubmit={submit}
    >
      <p className="quiet">Nobody is told until then; afterwards the ladder begins anew.</p>
      <Select
        label="For how long?"
        data={spans}
        value={minutes}
        onChange={(value) => setMinutes(value ?? '120')}
      />
      <Why value={reason} onChange={setReason} />
    </FormDialog>
  );
}

function HandOverDialog({ number, onClose }: DialogProps) {
  const people = useQuery(peopleQuery).data ?? [];
  const [to, setTo] = useState<string | null>(null);
  const [reason, setReason] = useState('');
  const handOver = useAct(answerIncident, {
    quiet: true,
    onDone: () => {
      onClose();
      toast('Handed over, and told');
    },
  });
  const here = people.filter((person) => person.kind === 'person' && person.email);
  return (
    <FormDialog
      opened
      onClose={onClose}
      title="Hand over"
      act="Hand over"
      busy={handOver.isPending}
      error={handOver.error ?? undefined}
      ready={to !== null && reason.trim() !== ''}
      onSubmit={() =>
        handOver.mutate({ number, act: 'hand-over', body: { to: to ?? '', reason: reason.trim() } })
      }
    >
      <p className="quiet">They are told at once. If they do not answer, the ladder begins anew.</p>
      <Select
        label="To whom?"
        searchable
        data={here.map((person) => ({ value: person.email, label: `${person.name} (${person.email})` }))}
        value={to}
        onChange={setTo}
      />
      <Why value={reason} onChange={setReason} />
    </FormDialog>
  );
}

function Why({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  return (
    <Textarea
      label="Why?"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      required
      autosize
      minRows={2}
    />
  );
}
