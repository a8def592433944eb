import type { ChangeDetail, Diagnostic } from '@/api/types';
import { plural } from '@/lib/format';

/** What the test suites came to that a change touches or reaches, with each case that fails. */
export function Tests({ change }: { change: ChangeDetail }) {
  const told = change.diagnostics.filter(({ code }) => code === 'case-failed' || code === 'suite-not-run');
  const sums = change.tests;
  if (!sums && told.length === 0) return null;
  return (
    <section className="stack" aria-labelledby="tests">
      <h2 id="tests">Tests</h2>
      {sums && (
        <p>
          {`${plural(sums.suites, 'suite')} ran: ${plural(sums.passed, 'case')} passed, ${sums.failed} failed, ${sums.not_run} not run.`}
          {sums.not_run > 0 && (
            <span className="quiet"> What is not run takes a model, somebody’s code or a workflow.</span>
          )}
        </p>
      )}
      {told.length > 0 && (
        <ul className="blocking">
          {told.map((one) => (
            <li key={`${one.path} ${one.line} ${one.message}`}>
              <span className="grow">
                <span className="wrap-any">{one.message}</span>
                <span className="small quiet wrap-any">{where(one)}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function where({ path, line, severity }: Diagnostic): string {
  const at = `In ${path}, line ${line}.`;
  return severity === 'error' ? at : `${at} It does not block.`;
}
