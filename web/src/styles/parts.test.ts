import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const sources = join(import.meta.dirname, '..');
const styles = join(sources, '../node_modules/@mantine/core/styles');

/** Names that are imported from Mantine anywhere. */
function used(): Set<string> {
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' });
  const names = files
    .filter((file) => file.endsWith('.tsx'))
    .flatMap((file) => [
      ...readFileSync(join(sources, file), 'utf8').matchAll(/import \{([^}]*)\} from '@mantine\/core'/g),
    ])
    .flatMap((found) => (found[1] ?? '').split(',').map((name) => name.trim()));
  return new Set(names);
}

it('loads the styles of every part that is used: without them it is bare', () => {
  const loaded = readFileSync(join(import.meta.dirname, 'parts.css'), 'utf8');
  const bare = [...used()]
    .filter((name) => /^[A-Z]/.test(name) && existsSync(join(styles, `${name}.css`)))
    .filter((name) => !loaded.includes(`/styles/${name}.css`));
  expect(used().size).toBeGreaterThan(10);
  expect(bare).toEqual([]);
});
