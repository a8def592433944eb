import { TextInput } from '@mantine/core';
import type { Kpi } from '@/api/types';
import { type Draft, marginKpis } from './start';

/** How numbers are read: what was known of people before, and what counts as no worse. */
export function MeasureFields({
  draft,
  kpis,
  onChange,
  fault,
}: {
  draft: Draft;
  kpis: Kpi[];
  onChange: (change: Partial<Draft>) => void;
  fault: (name: string) => object;
}) {
  const ids = marginKpis(draft);
  const titleOf = (id: string) => kpis.find((kpi) => kpi.id === id)?.title ?? id;
  return (
    <section className="tile stack" aria-labelledby="measure">
      <h2 id="measure">How it is measured</h2>
      <TextInput
        label="Take out what was known before (days)"
        description="What each person did in so many days before, 1 to 60, is taken out of what they do now, so that fewer people are enough. It helps where a number recurs, such as revenue or visits, and changes nothing where something happens once. Empty: not used."
        inputMode="numeric"
        maw={360}
        value={draft.preDays}
        onChange={(event) => onChange({ preDays: event.currentTarget.value })}
        {...fault('preDays')}
      />
      {ids.length > 0 && (
        <>
          <p className="small quiet">
            A version is used for everybody only when guarded numbers are shown to be no worse by more than
            this. Empty: what the number’s definition says, else what its guard tolerates, else 5 %.
            {draft.goal &&
              ' For the goal it means: no worse is good enough, as for a cheaper model; empty: it has to get better.'}
          </p>
          <div className="two-fields">
            {ids.map((id) => (
              <TextInput
                key={id}
                label={`No worse by more than (percent), ${titleOf(id)}${id === draft.goal ? ', the goal' : ''}`}
                inputMode="decimal"
                value={draft.noWorse[id] ?? ''}
                onChange={(event) =>
                  onChange({ noWorse: { ...draft.noWorse, [id]: event.currentTarget.value } })
                }
                {...fault(`noWorse.${id}`)}
              />
            ))}
          </div>
        </>
      )}
    </section>
  );
}
