import type { Diagnostic } from '@/api/types';
import { Icon } from '@/components/Icon';
import { ProblemNote } from '@/components/Loaded';
import { Said } from '@/components/Said';

/** What is wrong with the text; a line leads to its place. */
export function Findings({
  diagnostics,
  error,
  onGo,
}: {
  diagnostics: Diagnostic[];
  error: unknown;
  onGo: (line: number, column: number) => void;
}) {
  if (error) return <ProblemNote error={error} />;
  if (diagnostics.length === 0) {
    return (
      <p className="small findings-none" role="status">
        <Icon name="check" size={14} /> No problems found
      </p>
    );
  }
  return (
    <section className="tile flush" aria-label="Problems found">
      <ul className="list">
        {diagnostics.map((diagnostic, index) => (
          <li key={index}>
            <button
              type="button"
              className="finding"
              onClick={() => onGo(diagnostic.line, diagnostic.column)}
            >
              <span className={diagnostic.severity === 'error' ? 'finding-error' : 'finding-warning'}>
                <Icon name={diagnostic.severity === 'error' ? 'cross' : 'warning'} />
                <span className="visually-hidden">
                  {diagnostic.severity === 'error' ? 'Problem' : 'Remark'}
                </span>
              </span>
              <span className="grow wrap-any">
                <Said text={diagnostic.message} />
              </span>
              <span className="small quiet">{`line ${diagnostic.line}`}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
