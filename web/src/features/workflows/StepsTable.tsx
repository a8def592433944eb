import { Link } from '@tanstack/react-router';
import type { Workflow, WorkflowStep } from '@/api/types';
import { Pill } from '@/components/Pill';
import { useLibrary } from '@/components/session';
import { plural } from '@/lib/format';
import { goWords, outputFields, referenceWords, stepFacts, stepTitles } from '@/lib/workflow';
import { Ways } from './StepParts';

/** The steps in the order of the file, with what each is given, answers and goes on to. */
export function StepsTable({ workflow }: { workflow: Workflow }) {
  const titles = stepTitles(workflow);
  return (
    <div className="tile flush">
      <table className="plain workflow-table">
        <caption className="visually-hidden">
          The steps, what each is given, what it answers and where it goes on
        </caption>
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Is given</th>
            <th scope="col">Answers</th>
            <th scope="col">Goes on to</th>
          </tr>
        </thead>
        <tbody>
          {workflow.steps.map((step) => (
            <Row key={step.id} step={step} workflow={workflow} titles={titles} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({
  step,
  workflow,
  titles,
}: {
  step: WorkflowStep;
  workflow: Workflow;
  titles: ReadonlyMap<string, string>;
}) {
  const kpis = useLibrary()?.kpis ?? [];
  const errors = workflow.graph.nodes.find((node) => node.id === step.id)?.errors ?? 0;
  const facts = stepFacts(step, (id) => kpis.find((kpi) => kpi.id === id)?.title ?? id);
  const next = [
    ...new Set(
      workflow.graph.edges.filter((edge) => edge.from === step.id).map((edge) => edge.to.replace(/^\./, '')),
    ),
  ];
  return (
    <tr>
      <th scope="row">
        {step.title}
        <span className="small quiet workflow-from">{facts.join(' · ')}</span>
        {step.prompt && (
          <Link to="/prompts/$id" params={{ id: step.prompt }} search={{}} className="link small wrap-any">
            {step.prompt}
          </Link>
        )}
        {errors > 0 && (
          <Pill tone="red" icon="warning">
            {plural(errors, 'problem')}
          </Pill>
        )}
      </th>
      <td data-title="Is given">
        {step.inputs.map((input) => (
          <span key={input.input} className="workflow-from wrap-any">
            <code>{input.input}</code>
            <span className="quiet">
              {` ${input.wanted}: ${input.from ? referenceWords(input.from, titles, input.input) : 'stands in the file'}`}
            </span>
          </span>
        ))}
      </td>
      <td data-title="Answers">
        {outputFields(step.output).map((field) => (
          <span key={field.name} className="workflow-from wrap-any">
            <code>{field.name}</code>
            <span className="quiet">{` ${field.type}`}</span>
          </span>
        ))}
      </td>
      <td data-title="Goes on to">
        {step.branches.length > 0 ? <Ways step={step} titles={titles} /> : goWords(next, titles)}
      </td>
    </tr>
  );
}
