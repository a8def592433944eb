import { Select, TextInput } from '@mantine/core';
import type { Previewed, Variable } from '@/api/types';
import { Bones } from '@/components/Loaded';
import { Messages } from '@/components/Messages';
import { count } from '@/lib/format';
import { samplePeople, type Values } from '@/lib/samples';

const LONG = 6000;

/** What a model would get, for a sample person whose values can be changed. */
export function PreviewPane({
  shown,
  person,
  onPerson,
  values,
  onValue,
}: {
  shown?: Previewed;
  person: string;
  onPerson: (person: string) => void;
  values: Values;
  onValue: (name: string, value: unknown) => void;
}) {
  return (
    <section className="stack preview-pane" aria-label="Preview">
      <Select
        label="Shown for"
        data={samplePeople}
        value={person}
        onChange={(next) => next && onPerson(next)}
        allowDeselect={false}
      />
      {shown && shown.variables.length > 0 && (
        <details className="sample-form">
          <summary>{`Values of ${shown.variables.length} ${shown.variables.length === 1 ? 'variable' : 'variables'}`}</summary>
          <div className="stack tight">
            {shown.variables.map((variable) => (
              <ValueField
                key={variable.name}
                variable={variable}
                value={values[variable.name]}
                onChange={(value) => onValue(variable.name, value)}
              />
            ))}
          </div>
        </details>
      )}
      {!shown && (
        <div className="tile">
          <Bones rows={6} />
        </div>
      )}
      {shown && shown.messages.length === 0 && (
        <div className="tile quiet">The text does not come together yet. The list on the left says why.</div>
      )}
      {shown && shown.messages.length > 0 && (
        <>
          <LengthMeter length={shown.messages.reduce((sum, message) => sum + message.content.length, 0)} />
          <Messages messages={shown.messages} />
        </>
      )}
    </section>
  );
}

function ValueField({
  variable,
  value,
  onChange,
}: {
  variable: Variable;
  value: unknown;
  onChange: (value: unknown) => void;
}) {
  const label = variable.name.replace(/_/g, ' ');
  const shown =
    value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  if (variable.choices.length > 0) {
    return (
      <Select
        size="sm"
        label={label}
        description={variable.description}
        data={variable.choices.map(String)}
        value={shown || null}
        onChange={(choice) => onChange(choice ?? undefined)}
        clearable={!variable.required}
      />
    );
  }
  return (
    <TextInput
      size="sm"
      label={label}
      description={variable.description}
      value={shown}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function LengthMeter({ length }: { length: number }) {
  const share = Math.min(100, (length / LONG) * 100);
  return (
    <div className="length">
      <div className="length-bar" aria-hidden="true">
        <div style={{ width: `${share}%` }} className={length > LONG ? 'over' : ''} />
      </div>
      <span className="small quiet">{`${count(length)} characters, about ${count(Math.ceil(length / 4))} tokens`}</span>
    </div>
  );
}
