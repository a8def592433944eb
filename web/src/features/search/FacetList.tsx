import { Checkbox } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useState } from 'react';
import type { Facets, LibrarySettings } from '@/api/types';
import { Icon } from '@/components/Icon';
import {
  choicesOf,
  chosenOf,
  type FacetKey,
  type Filters,
  facetKeys,
  facetTitles,
  facetValue,
} from '@/lib/facets';
import { count } from '@/lib/format';

const AT_FIRST = 6;

/** What one can narrow by, with how many there are of each. */
export function FacetList({
  facets,
  filters,
  environments,
  names,
  onPress,
  onErrors,
}: {
  facets?: Facets;
  filters: Filters;
  environments: string[];
  names?: LibrarySettings;
  onPress: (key: FacetKey, value: string) => void;
  onErrors: (errors: boolean) => void;
}) {
  const narrow = useMediaQuery('(max-width: 1000px)', undefined, { getInitialValueInEffect: false });
  const chosen = facetKeys.flatMap((key) => chosenOf(filters, key)).length + (filters.errors ? 1 : 0);
  const groups = (
    <div className="facets">
      {facetKeys.map((key) => {
        const choices = choicesOf(key, facets, filters, environments);
        return choices.length > 0 ? (
          <Group key={key} facet={key} choices={choices} filters={filters} names={names} onPress={onPress} />
        ) : null;
      })}
      <Checkbox
        label="With problems only"
        checked={filters.errors ?? false}
        onChange={(event) => onErrors(event.currentTarget.checked)}
      />
    </div>
  );
  return (
    <aside aria-label="Filters">
      {narrow ? (
        <details className="facets-fold">
          <summary>{chosen > 0 ? `Filters, ${chosen} chosen` : 'Filters'}</summary>
          {groups}
        </details>
      ) : (
        groups
      )}
    </aside>
  );
}

function Group({
  facet,
  choices,
  filters,
  names,
  onPress,
}: {
  facet: FacetKey;
  choices: { value: string; files?: number }[];
  filters: Filters;
  names?: LibrarySettings;
  onPress: (key: FacetKey, value: string) => void;
}) {
  const [all, setAll] = useState(false);
  const chosen = chosenOf(filters, facet);
  const shown = all ? choices : choices.filter((one, at) => at < AT_FIRST || chosen.includes(one.value));
  return (
    <fieldset className="facet">
      <legend className="label">{facetTitles[facet]}</legend>
      <ul>
        {shown.map(({ value, files }) => {
          const on = chosen.includes(value);
          return (
            <li key={value}>
              <button
                type="button"
                className="facet-value"
                aria-pressed={on}
                onClick={() => onPress(facet, value)}
              >
                {on && <Icon name="check" size={12} />}
                <span className="grow clip">{facetValue(facet, value, names)}</span>
                {files !== undefined && <span className="facet-n">{count(files)}</span>}
              </button>
            </li>
          );
        })}
      </ul>
      {choices.length > shown.length && (
        <button type="button" className="link small" onClick={() => setAll(true)}>
          {`${choices.length - shown.length} more`}
        </button>
      )}
    </fieldset>
  );
}
