import { Link } from '@tanstack/react-router';
import type { Attribution } from '@/api/types';
import { Explain } from '@/components/Explain';
import { count, difference } from '@/lib/format';

/** What experiments found about the same things: the number that says what causes what. */
export function CausalNumbers({ credits }: { credits: Attribution }) {
  const { basis, causal } = credits;
  const share = (name: string) => {
    const at = credits.names.findIndex((one) => one.name === name);
    const shares = credits.models.map((model) => model.parts[at]?.share ?? 0);
    if (at < 0 || shares.length === 0) return 'not met';
    return `${(100 * Math.min(...shares)).toFixed(0)} to ${(100 * Math.max(...shares)).toFixed(0)} %`;
  };
  return (
    <section className="tile stack" aria-labelledby="causal">
      <h2 id="causal">What experiments found</h2>
      {causal.length === 0 ? (
        <p className="quiet">
          No experiment has measured “{basis.kpi_title}” here yet, so nothing on this page says what causes
          it. Try a new version beside the old one to learn that.
        </p>
      ) : (
        <section className="scroll-x" tabIndex={0} aria-label="What experiments found, as a table">
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">{basis.by === 'channel' ? 'Channel' : 'Name'}</th>
                <th scope="col" className="num">
                  Credit, by model
                </th>
                <th scope="col" className="num">
                  Caused by the change
                </th>
                <th scope="col" className="num">
                  Between
                </th>
                <th scope="col" className="num">
                  People
                </th>
                <th scope="col">Experiment</th>
              </tr>
            </thead>
            <tbody>
              {causal.map((one) => (
                <tr key={one.name}>
                  <td>{one.name}</td>
                  <td className="num">{share(one.name)}</td>
                  <td className="num">{difference(basis, one.estimate)}</td>
                  <td className="num">{`${difference(basis, one.low)} to ${difference(basis, one.high)}`}</td>
                  <td className="num">{count(one.units)}</td>
                  <td>
                    <Link to="/live/$number" params={{ number: String(one.rollout) }} className="link">
                      {one.title}
                    </Link>
                    {one.open && <span className="small quiet"> still running</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      <Explain title="Explain this: credit against cause">
        <p>
          Credit says who was on the way when people converted. The experiment says what changed because of a
          version: people were split by chance, so nothing else differs. Where the two disagree, believe the
          experiment.
        </p>
      </Explain>
    </section>
  );
}
