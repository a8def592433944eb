import { NativeSelect, TextInput } from '@mantine/core';
import type { Draft } from './start';
import type { Fault } from './useFaults';
import { BeginFields } from './WhenFields';
import { windowLengths } from './windows';

/** How time is cut where everybody gets one version at a time. */
export function WindowsFields({
  draft,
  onChange,
  fault,
}: {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
  fault: Fault;
}) {
  const guards = fault('window.guards').error;
  return (
    <section className="tile stack" aria-labelledby="windows">
      <h2 id="windows">Windows</h2>
      <p className="quiet small">
        For what cannot be split by person, such as one feed or one landing page. In each window everybody
        gets the same version; windows come in pairs, and which version comes first is drawn for each pair.
      </p>
      <div className="two-fields">
        <NativeSelect
          label="How long a window is"
          data={windowLengths}
          value={draft.windowSeconds}
          onChange={(event) => onChange({ windowSeconds: event.currentTarget.value })}
        />
        <TextInput
          label="Left out at its beginning (minutes)"
          inputMode="numeric"
          value={draft.burnIn}
          onChange={(event) => onChange({ burnIn: event.currentTarget.value })}
          {...fault('window.burnIn')}
        />
      </div>
      <TextInput
        label="Pairs of windows planned"
        inputMode="numeric"
        value={draft.pairs}
        onChange={(event) => onChange({ pairs: event.currentTarget.value })}
        {...fault('window.pairs')}
      />
      <BeginFields draft={draft} onChange={onChange} fault={fault} now="With the next full hour or minute" />
      {guards && (
        <p className="small fault" role="status">
          {guards}
        </p>
      )}
    </section>
  );
}
