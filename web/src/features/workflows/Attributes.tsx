import type { Workflow } from '@/api/types';
import { Empty } from '@/components/Page';
import { START, stepTitles, typeWords } from '@/lib/workflow';

type Field = { type?: unknown; enum?: unknown[]; description?: string };
type Schema = { properties?: Record<string, Field>; required?: string[] };

/** What a caller passes in, and which steps read it. */
export function Attributes({ workflow }: { workflow: Workflow }) {
  const schema = workflow.attributes as Schema;
  const titles = stepTitles(workflow);
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0)
    return <Empty title="Nothing comes in">Whoever starts this workflow passes nothing to it.</Empty>;
  const readers = (name: string) => [
    ...new Set(
      workflow.graph.data
        .filter((one) => one.from === START && (one.value.split('.')[1] ?? '') === name)
        .map((one) => titles.get(one.to) ?? one.to),
    ),
  ];
  return (
    <div className="tile flush">
      <table className="plain workflow-table">
        <caption className="visually-hidden">What comes in, and which steps read it</caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Type</th>
            <th scope="col">Meaning</th>
            <th scope="col">Read by</th>
          </tr>
        </thead>
        <tbody>
          {fields.map(([name, field]) => (
            <tr key={name}>
              <th scope="row">
                <code className="wrap-any">{name}</code>
              </th>
              <td data-title="Type">
                {typeWords(field)}
                {!schema.required?.includes(name) && <span className="quiet">, may be missing</span>}
              </td>
              <td data-title="Meaning">{field.description}</td>
              <td data-title="Read by">
                {readers(name).join(', ') || <span className="quiet">decisions only, or nothing</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
