import { useQuery } from '@tanstack/react-query';
import { preview } from '@/api/operations';
import type { Prompt } from '@/api/types';
import { Bones, Loaded } from '@/components/Loaded';
import { Messages } from '@/components/Messages';
import { sampleValues } from '@/lib/samples';

/** What a model would get, with sample values. */
export function RenderedView({ prompt }: { prompt: Prompt }) {
  const values = sampleValues(prompt.variables, 0);
  const rendered = useQuery({
    queryKey: ['preview', prompt.path, prompt.base, prompt.version],
    queryFn: ({ signal }) =>
      preview({ path: prompt.path, source: prompt.source, variables: values }, { signal }),
  });
  return (
    <div className="split-side">
      <Loaded
        query={rendered}
        shape={
          <div className="tile">
            <Bones rows={7} />
          </div>
        }
      >
        {(data) => <Messages messages={data.messages} />}
      </Loaded>
      <aside className="tile" aria-labelledby="sample-values">
        <h2 id="sample-values">Sample values</h2>
        {prompt.variables.length === 0 && <p className="quiet small">This prompt takes no variables.</p>}
        <dl className="record">
          {prompt.variables.map((variable) => (
            <div key={variable.name} title={variable.description}>
              <dt className="wrap-any">{variable.name.replace(/_/g, ' ')}</dt>
              <dd>{String(values[variable.name] ?? '')}</dd>
            </div>
          ))}
        </dl>
      </aside>
    </div>
  );
}
