import { useQuery } from '@tanstack/react-query';
import { deliveriesQuery, laddersQuery } from '@/api/escalation-queries';
import type { EscalationRules } from '@/api/types';
import { Deliveries } from '@/components/Deliveries';
import { Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { Pill } from '@/components/Pill';
import { Calendars } from './Calendars';
import { LadderTile } from './LadderTile';
import './escalation.css';
import { Said } from '@/components/Said';

/** Ladders, calendars, what the server can send, and what it sent. */
export function EscalationPage() {
  const rules = useQuery(laddersQuery);
  const sent = useQuery(deliveriesQuery);
  return (
    <Page
      title="Escalation"
      intent="Who is told when something goes wrong, by which steps, and what was sent. The rules stand in rules/escalation.yaml of the library."
      trail={[{ title: 'Settings', to: '/settings' }, { title: 'Escalation' }]}
    >
      <div className="stack">
        <Loaded query={rules}>{(found) => <Rules rules={found} />}</Loaded>
        <Calendars />
        <section className="tile stack" aria-labelledby="sent">
          <h2 id="sent">What was sent</h2>
          <Loaded query={sent}>
            {(page) =>
              page.items.length === 0 ? (
                <Empty title="No message yet">Test a ladder, and its messages stand here.</Empty>
              ) : (
                <Deliveries rows={page.items} label="Messages" />
              )
            }
          </Loaded>
        </section>
      </div>
    </Page>
  );
}

function Rules({ rules }: { rules: EscalationRules }) {
  const { means } = rules;
  return (
    <>
      {rules.problems.length > 0 && (
        <div className="banner harm" role="alert">
          <div className="stack tight">
            <strong>The rules cannot be read; publishers are told of everything until they can.</strong>
            {rules.problems.map((problem) => (
              <span key={`${problem.line} ${problem.message}`}>
                <Said text={`Line ${problem.line}: ${problem.message}`} />
              </span>
            ))}
          </div>
        </div>
      )}
      <section className="tile stack" aria-labelledby="means">
        <h2 id="means">What this server can send</h2>
        <div className="row">
          {means.mail_server ? (
            <Pill tone="green" icon="check">{`E-mail by ${means.mail_server}, from ${means.mail_from}`}</Pill>
          ) : (
            <Pill tone="amber" icon="warning">
              E-mail is not set up: start the server with --smtp
            </Pill>
          )}
          <Pill icon="shield">
            {means.private_addresses
              ? 'Webhooks may lie at private addresses'
              : 'Webhooks at public addresses only'}
          </Pill>
          {rules.webhooks.map((hook) => (
            <Pill key={hook.id} icon="bolt">{`Webhook ${hook.id} (${hook.form}): ${hook.url}`}</Pill>
          ))}
        </div>
      </section>
      {rules.ladders.map((ladder) => (
        <LadderTile key={ladder.id} ladder={ladder} />
      ))}
    </>
  );
}
