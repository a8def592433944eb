import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { onCallQuery } from '@/api/escalation-queries';
import type { OnCallCalendar, Shift } from '@/api/types';
import { Loaded } from '@/components/Loaded';
import { Empty } from '@/components/Page';
import { date } from '@/lib/format';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** The midnight before, in UTC, so that the same week has the same address. */
function startOf(week: number): string {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  return new Date(today + week * WEEK_MS).toISOString();
}

/** Who is on call, week by week. */
export function Calendars() {
  const [week, setWeek] = useState(0);
  const from = startOf(week);
  const found = useQuery(onCallQuery(from));
  return (
    <section className="tile stack" aria-labelledby="on-call">
      <div className="between">
        <h2 id="on-call" style={{ margin: 0 }}>
          On call
        </h2>
        <div className="row">
          <Button variant="default" size="xs" onClick={() => setWeek(week - 1)}>
            Week before
          </Button>
          <Button variant="default" size="xs" onClick={() => setWeek(week + 1)}>
            Week after
          </Button>
        </div>
      </div>
      <Loaded query={found}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No calendar yet">
              Name people and turns under calendars in rules/escalation.yaml, and a ladder can tell on-call.
            </Empty>
          ) : (
            items.map((calendar) => <Week key={calendar.id} calendar={calendar} from={from} />)
          )
        }
      </Loaded>
    </section>
  );
}

function Week({ calendar, from }: { calendar: OnCallCalendar; from: string }) {
  const begin = Date.parse(from);
  const gaps = calendar.shifts.filter((shift) => shift.people.length === 0);
  const share = (at: string) => Math.min(100, Math.max(0, ((Date.parse(at) - begin) / WEEK_MS) * 100));
  const days = Array.from({ length: 7 }, (_, day) => new Date(begin + day * DAY_MS).toISOString());
  return (
    <div className="stack tight">
      <h3>{`${calendar.title} (${calendar.zone})`}</h3>
      {gaps[0] && (
        <p className="gap-note">{`Nobody is on call from ${gaps[0].from_local} until ${gaps[0].until_local}${
          gaps.length > 1 ? `, nor at ${gaps.length - 1} other times this week` : ''
        }.`}</p>
      )}
      <div className="week" aria-hidden="true">
        <div className="week-days">
          {days.map((day) => (
            <span key={day}>{date(day)}</span>
          ))}
        </div>
        <div className="week-bar">
          {calendar.shifts.map((shift) => (
            <span
              key={shift.from}
              className={shift.people.length === 0 ? 'shift gap' : 'shift'}
              style={{ left: `${share(shift.from)}%`, width: `${share(shift.until) - share(shift.from)}%` }}
            >
              {shift.people.map((person) => person.split('@')[0]).join(', ') || 'nobody'}
            </span>
          ))}
        </div>
      </div>
      <Twin shifts={calendar.shifts} title={calendar.title} />
    </div>
  );
}

/** The same as a table. */
function Twin({ shifts, title }: { shifts: Shift[]; title: string }) {
  return (
    <details>
      <summary>As a table</summary>
      <table className="plain">
        <caption className="visually-hidden">{`Who is on call: ${title}`}</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">Until</th>
            <th scope="col">Who</th>
          </tr>
        </thead>
        <tbody>
          {shifts.map((shift) => (
            <tr key={shift.from}>
              <td>{shift.from_local}</td>
              <td>{shift.until_local}</td>
              <td className="wrap-any">{shift.people.join(', ') || 'nobody'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
