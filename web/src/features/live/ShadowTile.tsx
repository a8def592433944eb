import { useQuery } from '@tanstack/react-query';
import { shadowQuery } from '@/api/plan-queries';
import type { RolloutDetail, ShadowPrompt, ShadowResult } from '@/api/types';
import { Bones, Loaded } from '@/components/Loaded';
import { Said } from '@/components/Said';
import { count, moment } from '@/lib/format';

/** What a release in the shadow would have answered: in a sentence, prompt by prompt, and side by side. */
export function ShadowTile({ rollout }: { rollout: RolloutDetail }) {
  const shadow = useQuery(shadowQuery(rollout.number));
  return (
    <Loaded
      query={shadow}
      shape={
        <div className="tile">
          <Bones rows={5} height={24} />
        </div>
      }
    >
      {(found) => <Read found={found} />}
    </Loaded>
  );
}

function Read({ found }: { found: ShadowResult }) {
  return (
    <>
      <section className="tile stack" aria-labelledby="shadow">
        <h2 id="shadow" className="tile-title">
          In the shadow
        </h2>
        <p className="verdict" role="status">
          <Said text={found.sentence} />
        </p>
        {found.prompts.length > 0 && (
          <section className="scroll-x" tabIndex={0} aria-label="Prompt by prompt">
            <table className="plain">
              <thead>
                <tr>
                  <th scope="col">Prompt</th>
                  <th scope="col" className="num">
                    Compared
                  </th>
                  <th scope="col" className="num">
                    Same
                  </th>
                  <th scope="col" className="num">
                    Other text
                  </th>
                  <th scope="col" className="num">
                    Other model
                  </th>
                  <th scope="col" className="num">
                    No answer
                  </th>
                  <th scope="col" className="num">
                    Length
                  </th>
                </tr>
              </thead>
              <tbody>
                {found.prompts.map((prompt) => (
                  <Row key={prompt.prompt} prompt={prompt} />
                ))}
              </tbody>
            </table>
          </section>
        )}
        {found.all.passed_over > 0 && (
          <p className="small quiet">
            {`${count(found.all.passed_over)} requests more came faster than they could be compared.`}
          </p>
        )}
        <p className="small quiet">Nothing of this counts for a KPI: nobody got the new texts.</p>
      </section>
      {found.samples.length > 0 && (
        <section className="tile stack" aria-labelledby="samples">
          <h2 id="samples">Side by side</h2>
          {found.samples.map((sample, at) => (
            <details key={`${sample.prompt} ${sample.at}`} className="shadow-sample" open={at === 0}>
              <summary className="small">{`${sample.prompt}, ${moment(sample.at)}`}</summary>
              <div className="two-fields">
                <Text title="What was answered" text={sample.old} />
                <Text title="The new version" text={sample.new} />
              </div>
            </details>
          ))}
        </section>
      )}
    </>
  );
}

function Text({ title, text }: { title: string; text: string }) {
  return (
    <div>
      <h3 className="label">{title}</h3>
      <section className="shadow-text mono small" tabIndex={0} aria-label={title}>
        {text}
      </section>
    </div>
  );
}

const length = (mean: number | null | undefined) => (mean == null ? '–' : count(Math.round(mean)));

function Row({ prompt }: { prompt: ShadowPrompt }) {
  return (
    <tr>
      <th scope="row">
        {prompt.prompt}
        {prompt.missing.length > 0 && (
          <span className="small quiet wrap-any" style={{ display: 'block', fontWeight: 400 }}>
            {`Not sent: ${prompt.missing.map((one) => `${one.name} (${count(one.requests)})`).join(', ')}`}
          </span>
        )}
      </th>
      <td className="num">{count(prompt.compared)}</td>
      <td className="num">{count(prompt.same)}</td>
      <td className="num">{count(prompt.text_differs)}</td>
      <td className="num">{count(prompt.settings_differ)}</td>
      <td className="num">{count(prompt.absent + prompt.failed)}</td>
      <td className="num">{`${length(prompt.old_length)} → ${length(prompt.new_length)}`}</td>
    </tr>
  );
}
