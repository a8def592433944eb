import { NativeSelect, TextInput } from '@mantine/core';
import { share } from '@/lib/format';
import { stagePlans } from './plan';
import { type Draft, stagesOf, type Wait } from './start';
import type { Fault } from './useFaults';

const none: Wait = { at: '', people: '' };

/** In which steps it grows, when it begins, and when each step comes. */
export function WhenFields({
  draft,
  onChange,
  fault,
}: {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
  fault: Fault;
}) {
  const later = stagesOf(draft).slice(1);
  const setWait = (at: number, change: Partial<Wait>) => {
    const waits = later.map((_, place) => draft.waits[place] ?? none);
    onChange({ waits: waits.map((wait, place) => (place === at ? { ...wait, ...change } : wait)) });
  };
  return (
    <section className="tile stack" aria-labelledby="when">
      <h2 id="when">Steps</h2>
      <div className="two-fields">
        <NativeSelect
          label="How fast"
          data={[
            ...stagePlans.map(({ value, label }) => ({ value, label })),
            { value: 'own', label: 'In steps of your own' },
          ]}
          value={draft.steps}
          onChange={(event) => onChange({ steps: event.currentTarget.value })}
        />
        {draft.steps === 'own' && (
          <TextInput
            label="Steps in percent"
            placeholder="5, 25, 100"
            value={draft.ownSteps}
            onChange={(event) => onChange({ ownSteps: event.currentTarget.value })}
            {...fault('ownSteps')}
          />
        )}
      </div>
      <BeginFields draft={draft} onChange={onChange} fault={fault} now="At once" />
      {later.length > 0 && (
        <p className="quiet small">
          A further step waits for a person, unless it says here when it comes by itself. It still waits while
          a guard has seen much of the evidence at which it decides.
        </p>
      )}
      {later.map((coverage, at) => {
        const name = coverage >= 10_000 ? 'To everyone' : `To ${share(coverage)}`;
        return (
          <fieldset key={coverage} className="wait-fields" aria-label={name}>
            <span className="wait-name">{name}</span>
            <TextInput
              type="datetime-local"
              label="Not before"
              value={draft.waits[at]?.at ?? ''}
              onChange={(event) => setWait(at, { at: event.currentTarget.value })}
              {...fault(`wait.${at}.at`)}
            />
            <TextInput
              label="After so many people"
              inputMode="numeric"
              value={draft.waits[at]?.people ?? ''}
              onChange={(event) => setWait(at, { people: event.currentTarget.value })}
              {...fault(`wait.${at}.people`)}
            />
          </fieldset>
        );
      })}
    </section>
  );
}

/** When it begins: now, or at a moment. */
export function BeginFields({
  draft,
  onChange,
  fault,
  now,
}: {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
  fault: Fault;
  /** What `now` means. */
  now: string;
}) {
  return (
    <div className="two-fields">
      <NativeSelect
        label="When it begins"
        data={[
          { value: 'now', label: now },
          { value: 'later', label: 'By itself, at a moment' },
        ]}
        value={draft.later ? 'later' : 'now'}
        onChange={(event) => onChange({ later: event.currentTarget.value === 'later' })}
      />
      {draft.later && (
        <TextInput
          type="datetime-local"
          label="Begins on"
          value={draft.startsAt}
          onChange={(event) => onChange({ startsAt: event.currentTarget.value })}
          {...fault('startsAt')}
        />
      )}
    </div>
  );
}
