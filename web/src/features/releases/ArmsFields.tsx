import { Button, Select, TextInput } from '@mantine/core';
import type { Release } from '@/api/types';
import { part } from '@/lib/designs';
import { ARMS_MAX, type ArmRow, sharesOf } from './start';
import type { Fault } from './useFaults';

/** The versions that are compared: what is live, the release of the page, and further ones. */
export function ArmsFields({
  arms,
  onChange,
  live,
  releases,
  fault,
}: {
  arms: ArmRow[];
  onChange: (arms: ArmRow[]) => void;
  live: number | null | undefined;
  releases: Pick<Release, 'number' | 'note'>[];
  fault: Fault;
}) {
  const shares = sharesOf(arms);
  const set = (at: number, change: Partial<ArmRow>) =>
    onChange(arms.map((arm, place) => (place === at ? { ...arm, ...change } : arm)));
  const choices = releases
    .filter((one) => one.number !== live)
    .map((one) => ({
      value: String(one.number),
      label: `Release ${one.number}${one.note ? `: ${one.note.split('\n')[0]}` : ''}`,
    }));
  return (
    <section className="tile stack" aria-labelledby="versions">
      <h2 id="versions">Versions</h2>
      <p className="quiet small">
        {`Release ${live ?? '–'}, which is live, takes part as it is${shares?.[0] ? ` and gets ${part(shares[0])} of the people in a step` : ''}. A person never changes sides.`}
      </p>
      {arms.map((arm, at) => (
        <fieldset key={arm.key} className="arm-fields" aria-label={`New version ${at + 1}`}>
          {at === 0 ? (
            <TextInput
              label="Release"
              value={`Release ${arm.release}`}
              readOnly
              {...fault('arm.0.release')}
            />
          ) : (
            <Select
              label="Release"
              placeholder="Choose one"
              data={choices}
              value={arm.release || null}
              onChange={(release) => set(at, { release: release ?? '' })}
              searchable
              {...fault(`arm.${at}.release`)}
            />
          )}
          <TextInput
            label="Name"
            placeholder={at === 0 ? 'Shorter' : 'Kinder'}
            value={arm.name}
            maxLength={120}
            onChange={(event) => set(at, { name: event.currentTarget.value })}
            {...fault(`arm.${at}.name`)}
          />
          <TextInput
            label="Share in percent"
            placeholder={shares ? part(shares[at + 1] ?? 0) : 'equal'}
            inputMode="decimal"
            value={arm.share}
            onChange={(event) => set(at, { share: event.currentTarget.value })}
            {...fault(`arm.${at}.share`)}
          />
          {at > 0 && (
            <Button
              className="remove"
              size="compact-sm"
              variant="subtle"
              aria-label={`Remove new version ${at + 1}`}
              onClick={() => onChange(arms.filter((_, place) => place !== at))}
            >
              Remove
            </Button>
          )}
        </fieldset>
      ))}
      {arms.length + 1 < ARMS_MAX && (
        <div>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() =>
              onChange([
                ...arms,
                { key: Math.max(...arms.map((arm) => arm.key)) + 1, release: '', name: '', share: '' },
              ])
            }
          >
            Add a version
          </Button>
        </div>
      )}
      {arms.length > 1 && (
        <p className="quiet small">A version that does harm is stopped by itself while the others go on.</p>
      )}
    </section>
  );
}
