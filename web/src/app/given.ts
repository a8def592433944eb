/** What stands in an address, read as what it should be; nothing where it is not. */
export const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
export const number = (value: unknown) =>
  Number.isInteger(Number(value)) && value !== '' && value != null ? Number(value) : undefined;
/** As `text`; a number that was typed as words is words. */
export const words = (value: unknown) => text(typeof value === 'number' ? String(value) : value);
export const flag = (value: unknown) => (value === true || value === 'true' ? true : undefined);
