import type { Attribution } from '@/api/types';
import { ChartFigure, ChartTable } from '@/components/ChartFigure';

/** Names drawn; the table has all. */
const SHOWN = 8;

/** The share of each name by each model: bars side by side, with the spread between models told. */
export function CreditsChart({ credits }: { credits: Attribution }) {
  const head = [
    credits.basis.by === 'channel' ? 'Channel' : 'Name',
    ...credits.models.map((model) => model.title),
  ];
  return (
    <ChartFigure
      chart={<Bars credits={credits} />}
      table={
        <ChartTable
          title="Credits by model"
          head={head}
          rows={credits.names.map((name, at) => [
            name.name,
            ...credits.models.map((model) => (model.parts[at]?.conversions ?? 0).toFixed(1)),
          ])}
        />
      }
    />
  );
}

function Bars({ credits }: { credits: Attribution }) {
  const most = Math.max(...credits.models.flatMap((model) => model.parts.map((part) => part.share)), 0.01);
  const names = credits.names.slice(0, SHOWN);
  return (
    <div className="credit-groups">
      {names.map((name, at) => (
        <section key={name.name} className="credit-group" aria-label={name.name}>
          <h2 className="credit-name">{name.name}</h2>
          {credits.models.map((model) => {
            const part = model.parts[at];
            const share = part?.share ?? 0;
            return (
              <div key={model.model} className="credit-row">
                <span className="small quiet">{model.title}</span>
                <span className="credit-track">
                  <span
                    className={`credit-bar ${model.model === 'markov' || model.model === 'shapley' ? 'strong' : ''}`}
                    style={{ width: `${(100 * Math.max(0, share)) / most}%` }}
                  />
                </span>
                <span className="small num">{`${(100 * share).toFixed(1)} %`}</span>
              </div>
            );
          })}
        </section>
      ))}
      {credits.names.length > SHOWN && (
        <p className="small quiet">{`And ${credits.names.length - SHOWN} more in the table.`}</p>
      )}
    </div>
  );
}
