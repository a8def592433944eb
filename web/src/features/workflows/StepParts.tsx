import type { WorkflowStep } from '@/api/types';
import { goWords, outputFields, referenceWords } from '@/lib/workflow';

type Titles = ReadonlyMap<string, string>;

/** What a step is given, with the type its prompt wants. */
export function Inputs({ step, titles }: { step: WorkflowStep; titles: Titles }) {
  if (step.inputs.length === 0) return null;
  return (
    <>
      <h3 className="label">Is given</h3>
      <ul className="workflow-values">
        {step.inputs.map((input) => (
          <li key={input.input} className="wrap-any">
            <code>{input.input}</code>
            <span className="quiet">{` ${input.wanted}${input.required ? '' : ', may be missing'}`}</span>
            <span className="small workflow-from">
              {input.from ? referenceWords(input.from, titles, input.input) : 'stands in the file'}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** What a step answers. */
export function Outputs({ step }: { step: WorkflowStep }) {
  const fields = outputFields(step.output);
  if (fields.length === 0) return null;
  return (
    <>
      <h3 className="label">Answers</h3>
      <ul className="workflow-values">
        {fields.map((field) => (
          <li key={field.name} className="wrap-any">
            <code>{field.name}</code>
            <span className="quiet">{` ${field.type}`}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The ways out of a decision, in the order in which they are tried. */
export function Ways({ step, titles }: { step: WorkflowStep; titles: Titles }) {
  if (step.branches.length === 0) return null;
  return (
    <>
      <h3 className="label">The first that holds</h3>
      <ol className="workflow-values">
        {step.branches.map((branch) => (
          <li key={branch.line} className="wrap-any">
            <em className="serif">{branch.when === 'otherwise' ? 'otherwise' : `if ${branch.when}`}</em>
            {`, on to ${goWords(branch.go, titles)}`}
          </li>
        ))}
      </ol>
    </>
  );
}
