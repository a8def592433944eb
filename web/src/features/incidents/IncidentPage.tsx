import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { incidentQuery } from '@/api/escalation-queries';
import type { IncidentDetail } from '@/api/types';
import { Deliveries } from '@/components/Deliveries';
import { IncidentPills } from '@/components/IncidentPills';
import { Loaded } from '@/components/Loaded';
import { Page } from '@/components/Page';
import { Said } from '@/components/Said';
import { useLogWords } from '@/components/session';
import { moment } from '@/lib/format';
import { IncidentActs } from './IncidentActs';

/** One incident: what is known, what happened since, and what to do. */
export function IncidentPage() {
  const number = Number(useParams({ from: '/shell/incidents/$number' }).number);
  const detail = useQuery(incidentQuery(number));
  const incident = detail.data?.incident;
  const words = useLogWords();
  return (
    <Page
      title={incident ? words(incident.title) : `I-${number}`}
      trail={[{ title: 'Incidents', to: '/incidents' }, { title: `I-${number}` }]}
      pills={incident && <IncidentPills incident={incident} />}
      actions={incident && incident.state !== 'resolved' && <IncidentActs incident={incident} />}
    >
      <Loaded query={detail}>{(data) => <Story detail={data} />}</Loaded>
    </Page>
  );
}

/** Where one reads more about what an incident is about. */
function Subject({ subject }: { subject: string }) {
  const rollout = /^rollout:R-(\d+)$/.exec(subject)?.[1];
  const change = /^change:CH-(\d+)$/.exec(subject)?.[1];
  if (rollout) return <Link to="/live/$number" params={{ number: rollout }}>{`Rollout R-${rollout}`}</Link>;
  if (change) return <Link to="/reviews/$number" params={{ number: change }}>{`Review CH-${change}`}</Link>;
  return <>{subject}</>;
}

function Story({ detail }: { detail: IncidentDetail }) {
  const { incident } = detail;
  return (
    <div className="stack">
      <section className="tile stack" aria-labelledby="known">
        <h2 id="known">What is known</h2>
        <p style={{ whiteSpace: 'pre-wrap' }} className="wrap-any">
          <Said text={incident.text} />
        </p>
        <dl className="record">
          <div>
            <dt>About</dt>
            <dd>
              <Subject subject={incident.subject} />
            </dd>
          </div>
          <div>
            <dt>Ladder</dt>
            <dd>{`${incident.ladder_title}: ${incident.told} of ${incident.steps} steps told, round ${incident.round}`}</dd>
          </div>
          {incident.holder && (
            <div>
              <dt>With</dt>
              <dd>{incident.holder}</dd>
            </div>
          )}
          {incident.next_at && (
            <div>
              <dt>Next</dt>
              <dd>
                {incident.state === 'snoozed' ? 'Begins anew ' : 'The next step is told '}
                {moment(incident.next_at)}
              </dd>
            </div>
          )}
        </dl>
      </section>
      <section className="tile stack" aria-labelledby="story">
        <h2 id="story">What happened</h2>
        <ol className="stack tight" style={{ margin: 0, paddingLeft: 18 }}>
          {detail.lines.map((line, at) => (
            <li key={at} className="wrap-any">
              <span className="quiet small">{moment(line.at)} </span>
              {line.who && <strong>{line.who} </strong>}
              <Said text={line.text} />
            </li>
          ))}
        </ol>
      </section>
      {detail.deliveries.length > 0 && (
        <section className="tile stack" aria-labelledby="sent">
          <h2 id="sent">Messages</h2>
          <Deliveries rows={detail.deliveries} label="Messages about this incident" />
        </section>
      )}
    </div>
  );
}
