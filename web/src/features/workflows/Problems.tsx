import type { Diagnostic, WorkflowStep } from '@/api/types';
import { Icon } from '@/components/Icon';
import { plural } from '@/lib/format';
import { reasonWords } from '@/lib/impact';

/** What does not fit, each with its line and its step. */
export function Problems({
  list,
  steps,
  onStep,
}: {
  list: Diagnostic[];
  steps: WorkflowStep[];
  onStep: (step: string) => void;
}) {
  if (list.length === 0) return null;
  const errors = list.filter((one) => one.severity === 'error').length;
  const words = [
    errors > 0 ? plural(errors, 'problem') : '',
    list.length > errors ? plural(list.length - errors, 'remark') : '',
  ].filter(Boolean);
  const titles = new Map(steps.map((step) => [step.id, `“${step.title}”`]));
  return (
    <section className={errors > 0 ? 'banner harm' : 'banner owed'} aria-labelledby="problems">
      <h2 id="problems">{words.join(' and ')}</h2>
      <ol className="workflow-problems">
        {list.map((one) => {
          const step = steps.filter((candidate) => candidate.line <= (one.line ?? 0)).at(-1);
          return (
            <li key={`${one.line} ${one.code} ${one.message}`}>
              <Icon name={one.severity === 'error' ? 'cross' : 'warning'} />
              <div className="grow">
                <p className="wrap-any">{reasonWords(one.message, titles)}</p>
                <p className="small quiet">
                  {one.line ? `Line ${one.line}` : 'The whole file'}
                  {step && ', '}
                  {step && (
                    <button type="button" className="link" onClick={() => onStep(step.id)}>
                      {step.title}
                    </button>
                  )}
                </p>
              </div>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
