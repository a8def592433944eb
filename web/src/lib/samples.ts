/** Sample people for trying a prompt without real data. */
import type { Variable } from '@/api/types';

export type Values = Record<string, unknown>;

const people: { title: string; values: Record<string, string> }[] = [
  {
    title: 'Ada, new customer',
    values: {
      first_name: 'Ada',
      name: 'Ada Brook',
      customer_name: 'Ada Brook',
      city: 'Leeds',
      email: 'ada@example.org',
      language: 'en',
    },
  },
  {
    title: 'Mateo, returning',
    values: {
      first_name: 'Mateo',
      name: 'Mateo Ruiz',
      customer_name: 'Mateo Ruiz',
      city: 'Hamburg',
      email: 'mateo@example.org',
      language: 'de',
    },
  },
  { title: 'Nothing known', values: {} },
];

export const samplePeople = people.map(({ title }, index) => ({ value: String(index), label: title }));

/** Values for the variables as a sample person has them; the last person leaves optional ones out. */
export function sampleValues(variables: Variable[], person: number): Values {
  const known = people[person]?.values ?? {};
  const sparse = Object.keys(known).length === 0;
  const values: Values = {};
  for (const variable of variables) {
    if (sparse && !variable.required) continue;
    values[variable.name] = known[variable.name] ?? fallback(variable, person);
  }
  return values;
}

function fallback(variable: Variable, person: number): unknown {
  if (variable.default != null) return variable.default;
  if (variable.choices.length > 0) return variable.choices[person % variable.choices.length];
  if (/^(integer|number)/.test(variable.type)) return 3;
  if (/^boolean/.test(variable.type)) return person === 0;
  return variable.name.replace(/_/g, ' ');
}
