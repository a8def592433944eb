import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { acknowledgeRegression, dismissRegression } from '@/api/operations';
import type { Regression, Suspect } from '@/api/types';
import { Pill } from '@/components/Pill';
import { ReasonDialog } from '@/components/ReasonDialog';
import { Said } from '@/components/Said';
import { useSession } from '@/components/session';
import { toast, toastProblem } from '@/components/toast';
import { ago, date, measure, moment, personName, plural } from '@/lib/format';
import { HoursChart } from './HoursChart';
import { SeriesChart } from './SeriesChart';

const looks = {
  open: { tone: 'red', icon: 'warning', word: 'open' },
  acknowledged: { tone: 'amber', icon: 'clock', word: 'taken on' },
  dismissed: { tone: 'plain', icon: 'cross', word: 'dismissed' },
  resolved: { tone: 'green', icon: 'check', word: 'back again' },
} as const;

/** Money a day, or what is missing where no worth is known. */
function stake(one: Regression): string {
  if (one.money_a_day != null)
    return `${measure({ kind: 'value', unit: one.money_unit, decimals: one.money_decimals }, Math.abs(one.money_a_day))} a day`;
  const missing = Math.abs(one.missing_a_day / 10 ** one.decimals);
  const word = one.missing_a_day < 0 ? 'too many' : 'missing';
  return `${missing.toFixed(missing < 10 ? 1 : 0)} ${word} a day`;
}

/** One regression: what, how much, since when, what changed before it, and what to do. */
export function RegressionCard({ regression: one }: { regression: Regression }) {
  const look = looks[one.state as keyof typeof looks] ?? looks.open;
  const waits = one.state === 'open' || one.state === 'acknowledged';
  return (
    <article className="tile stack" aria-labelledby={`regression-${one.number}`}>
      <div className="between">
        <h2 id={`regression-${one.number}`} className="regression-title">
          <Said text={one.sentence} />
        </h2>
        <Pill tone={look.tone} icon={look.icon}>
          {look.word}
        </Pill>
      </div>
      <dl className="regression-facts">
        <Fact name="At stake" value={stake(one)} note={one.money_basis} />
        <Fact
          name="Change"
          value={`${one.relative > 0 ? '+' : '−'}${Math.abs(100 * one.relative).toFixed(0)} %`}
          note={`${measure(one, one.before)} before, ${measure(one, one.after)} since`}
        />
        <Fact
          name={one.drifts ? 'Getting worse since' : 'Since'}
          value={one.hour ? moment(one.hour) : date(`${one.day}T00:00:00Z`)}
          note={`${one.hour ? 'found by the hour' : plural(one.days, 'day')}, ${plural(one.units, one.per_exposure ? 'exposure' : one.hour ? 'hour' : 'day')}`}
        />
      </dl>
      {one.hours.length > 1 && <HoursChart regression={one} />}
      {one.series.length > 1 && <SeriesChart regression={one} />}
      <p className="serif">
        <Said text={one.before_it} />
      </p>
      {one.suspects.length > 0 && <Suspects list={one.suspects} />}
      {one.settled_by && (
        <p className="small quiet">{`${look.word} by ${personName(one.settled_by)}${one.settled_at ? `, ${ago(one.settled_at)}` : ''}${one.settled_reason ? `: “${one.settled_reason}”` : ''}`}</p>
      )}
      {waits && <Acts regression={one} />}
    </article>
  );
}

function Fact({ name, value, note }: { name: string; value: string; note: string }) {
  return (
    <div>
      <dt className="label">{name}</dt>
      <dd>
        <strong className="regression-figure">{value}</strong>
        <span className="small quiet">{note}</span>
      </dd>
    </div>
  );
}

const happened: Record<string, string> = {
  'went-live': 'went live',
  'rolled-back': 'was restored',
  'rollout-started': 'began to be tried',
  'rollout-finished': 'was rolled out to everybody',
  saved: 'was saved',
};

function Suspects({ list }: { list: Suspect[] }) {
  return (
    <details>
      <summary className="small">{`What changed around then: ${plural(list.length, 'thing')}`}</summary>
      <ul className="list">
        {list.map((one) => (
          <li key={`${one.target} ${one.kind}`} className="list-row">
            <span className="grow">
              <SuspectName suspect={one} />
              <span className="small quiet">{` ${happened[one.kind] ?? one.kind} ${date(one.at)}, ${personName(one.by)}`}</span>
              {one.touched.slice(0, 3).map((touched) => (
                <span key={touched.prompt} className="small quiet" style={{ display: 'block' }}>
                  {`${touched.prompt}: ${version(touched.from)} to ${version(touched.to)}`}
                </span>
              ))}
            </span>
            {one.reaches && <Pill tone="amber">changed this</Pill>}
          </li>
        ))}
      </ul>
    </details>
  );
}

const version = (number?: number | null) => (number == null ? 'nothing' : `Version ${number}`);

function SuspectName({ suspect }: { suspect: Suspect }) {
  const title = suspect.title || suspect.target;
  const [kind, id = ''] = suspect.target.split(':');
  if (kind === 'release')
    return (
      <Link to="/releases/$number" params={{ number: id }} className="link">
        {title}
      </Link>
    );
  if (kind === 'rollout')
    return (
      <Link to="/live/$number" params={{ number: id.replace('R-', '') }} className="link">
        {title}
      </Link>
    );
  return <span>{title}</span>;
}

function Acts({ regression: one }: { regression: Regression }) {
  const session = useSession();
  const cache = useQueryClient();
  const [asked, setAsked] = useState<'acknowledge' | 'dismiss'>();
  const answer = useMutation({
    mutationFn: (reason: string) =>
      asked === 'dismiss' ? dismissRegression(one.number, reason) : acknowledgeRegression(one.number, reason),
    onSuccess: async () => {
      toast(asked === 'dismiss' ? 'Dismissed' : 'Taken on');
      setAsked(undefined);
      await cache.invalidateQueries({ queryKey: ['regressions'] });
    },
    onError: toastProblem,
  });
  if (session?.actor.role === 'viewer') return null;
  return (
    <div className="row">
      {one.about === 'prompt' && (
        <Link to="/prompts/$id" params={{ id: one.subject }} className="link">
          Open the prompt
        </Link>
      )}
      {one.state === 'open' && (
        <Button variant="default" onClick={() => setAsked('acknowledge')}>
          Take on
        </Button>
      )}
      <Button variant="subtle" onClick={() => setAsked('dismiss')}>
        Dismiss
      </Button>
      <ReasonDialog
        opened={asked !== undefined}
        onClose={() => setAsked(undefined)}
        title={asked === 'dismiss' ? 'Dismiss this regression' : 'Take this regression on'}
        act={asked === 'dismiss' ? 'Dismiss' : 'Take on'}
        reasonRequired={asked === 'dismiss'}
        busy={answer.isPending}
        onConfirm={(reason) => answer.mutate(reason)}
      >
        {asked === 'dismiss'
          ? 'The level since counts as the new one from now on. Nothing that is live changes.'
          : 'Others see that you look after it. Nothing that is live changes.'}
      </ReasonDialog>
    </div>
  );
}
