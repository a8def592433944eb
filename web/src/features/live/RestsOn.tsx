import type { TreatmentVerdict, Verdict } from '@/api/types';
import { Pill } from '@/components/Pill';
import { count } from '@/lib/format';

const CLAIMS = {
  better: { tone: 'green', icon: 'check', text: 'better' },
  worse: { tone: 'red', icon: 'warning', text: 'worse' },
  open: { tone: undefined, icon: 'clock', text: 'open' },
} as const;

/** What the verdict rests on: each new version beside the old one, with all that may be. */
export function RestsOn({ verdict }: { verdict: Verdict }) {
  if (verdict.treatments.length === 0) return null;
  const reach = widest(verdict.treatments);
  return (
    <section className="tile" aria-labelledby="rests-on">
      <h2 id="rests-on" className="tile-title">
        What the verdict rests on
      </h2>
      <table className="rests-on">
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Change of the goal</th>
            <th scope="col">May be</th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          {verdict.treatments.map((found) => (
            <Row key={found.arm} found={found} reach={reach} />
          ))}
        </tbody>
      </table>
      {verdict.treatments.map(
        (found) =>
          found.variance_words && (
            <p key={found.arm} className="small quiet">
              {verdict.treatments.length > 1 ? `${found.name}: ` : ''}
              {found.variance_words}
            </p>
          ),
      )}
      {verdict.treatments.map((found) => (
        <SafetyLines key={found.arm} found={found} several={verdict.treatments.length > 1} />
      ))}
      <details>
        <summary>Explain this, and the chance to win</summary>
        <p>
          The change is relative to the old version. What it may be holds at every look, for all new versions
          together, with a chance of 5 % to be wrong. A guarded number is called unharmed when even the worst
          that may be stays within its limit, for every cohort that a guard watches by itself. A quiet guard
          alone shows nothing. The rule for using a version for everybody: it is better, no guarded number is
          worse than its limit, no guard found harm, and the split fits.
        </p>
        {verdict.treatments.map((found) => (
          <p key={found.arm}>
            {`${found.name}: the rule ${found.ships ? 'holds' : 'does not hold'}.`}
            {found.p != null &&
              found.p_discovery != null &&
              verdict.treatments.length > 1 &&
              ` The chance of such a change where there is none: ${chance(found.p)} corrected so that none of all claims is wrong (Holm; claims rest on it), ${chance(found.p_discovery)} corrected so that few of them are (Benjamini and Hochberg; for reading).`}
          </p>
        ))}
        {verdict.treatments.map((found) =>
          found.chance_to_win == null ? null : (
            <p
              key={found.arm}
            >{`${found.name} is the better one with a chance of ${(found.chance_to_win * 100).toFixed(1)} % by Bayes’ rule. This is for reading; nothing is decided on it, because it is not made for looking many times.`}</p>
          ),
        )}
        <p>
          {verdict.windows
            ? `${verdict.windows.pairs} of ${verdict.windows.planned} pairs of windows planned. Windows are compared, not people: the difference within a pair, whose order was drawn.`
            : `${count(verdict.units)} of ${count(verdict.planned_units)} people planned.`}
        </p>
      </details>
    </section>
  );
}

function Row({ found, reach }: { found: TreatmentVerdict; reach: number }) {
  const { lift } = found;
  const claim = CLAIMS[found.claim as keyof typeof CLAIMS] ?? CLAIMS.open;
  return (
    <tr>
      <th scope="row">{found.name}</th>
      <td>
        {lift ? signed(lift.estimate) : 'not known yet'}
        {found.absolute_words && <div className="small quiet">{found.absolute_words}</div>}
      </td>
      <td>
        {lift ? `${signed(lift.low)} to ${signed(lift.high)}` : '–'}
        {lift && <Bar low={lift.low} high={lift.high} estimate={lift.estimate} reach={reach} />}
      </td>
      <td>
        <Pill tone={claim.tone} icon={claim.icon}>
          {claim.text}
        </Pill>
      </td>
    </tr>
  );
}

/** The interval drawn around no change, which is the middle; the cell says it in figures. */
function Bar(props: { low: number; high: number; estimate: number; reach: number }) {
  const at = (value: number) => 50 + (Math.max(-1, Math.min(1, value / props.reach)) || 0) * 48;
  return (
    <svg className="lift" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <line className="lift-zero" x1="50" x2="50" y1="0" y2="10" />
      <line className="lift-span" x1={at(props.low)} x2={at(props.high)} y1="5" y2="5" />
      <line className="lift-point" x1={at(props.estimate)} x2={at(props.estimate)} y1="1.5" y2="8.5" />
    </svg>
  );
}

function SafetyLines({ found, several }: { found: TreatmentVerdict; several: boolean }) {
  return (
    <ul className="plain small">
      {found.safety.map((safety) => (
        <li key={`${safety.kpi} ${safety.cohort ?? ''} ${safety.within}`}>
          {several ? `${found.name}: ` : ''}
          {safety.words}
        </li>
      ))}
    </ul>
  );
}

function widest(found: TreatmentVerdict[]): number {
  const ends = found.flatMap(({ lift }) => (lift ? [Math.abs(lift.low), Math.abs(lift.high)] : []));
  return Math.min(1, Math.max(0.01, ...ends));
}

function percent(share: number): string {
  const value = Math.abs(share * 100);
  return `${value.toFixed(value >= 2 || value === 0 ? 0 : 1)} %`;
}

const chance = (p: number) => (p < 0.001 ? 'below 0.1 %' : `${(p * 100).toFixed(1)} %`);

const signed = (share: number) => `${share < 0 ? '−' : '+'}${percent(share)}`;
