import type { Delivery } from '@/api/types';
import { moment } from '@/lib/format';
import type { IconName } from './Icon';
import { Pill, type Tone } from './Pill';

const looks: Record<string, { tone: Tone; icon: IconName }> = {
  waiting: { tone: 'amber', icon: 'clock' },
  sent: { tone: 'green', icon: 'check' },
  failed: { tone: 'red', icon: 'cross' },
};

/** Messages: to whom, how, and what came back. */
export function Deliveries({ rows, label }: { rows: Delivery[]; label: string }) {
  return (
    <section style={{ overflowX: 'auto' }} tabIndex={0} aria-label={label}>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">To</th>
            <th scope="col">What</th>
            <th scope="col">State</th>
            <th scope="col" className="num">
              Tries
            </th>
            <th scope="col">Answer</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.number}>
              <td>{moment(row.made_at)}</td>
              <td className="wrap-any">
                {row.to} <span className="quiet small">by {row.route}</span>
              </td>
              <td className="wrap-any">{row.subject}</td>
              <td>
                <Pill tone={looks[row.state]?.tone ?? 'plain'} icon={looks[row.state]?.icon ?? 'dot'}>
                  {row.state}
                </Pill>
              </td>
              <td className="num">{row.tries}</td>
              <td className="wrap-any small quiet">{row.answer}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
