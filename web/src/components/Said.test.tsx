import { render } from '@testing-library/react';
import { expect, it } from 'vitest';
import { Said } from './Said';

it.each([
  ['No such KPI.', 'No such KPI.', []],
  ['No `order` through `web`; look.', 'No order through web; look.', ['order', 'web']],
  ['`order` is missing', 'order is missing', ['order']],
  ['a lone ` stays', 'a lone ` stays', []],
])('sets names as code: %s', (text, shown, names) => {
  const { container } = render(<Said text={text} />);
  expect(container.textContent).toBe(shown);
  expect([...container.querySelectorAll('code')].map((one) => one.textContent)).toEqual(names);
});
