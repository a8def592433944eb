/** Keys on the rows of the library. */

const pathOf = (element: Element | null) => element?.closest<HTMLElement>('[data-path]')?.dataset.path;

/** The key chooses the prompt that has the focus. */
export function chooseFocused(toggle: (path: string) => void) {
  const path = pathOf(document.activeElement);
  if (path) toggle(path);
}

/** Arrow keys go from one prompt to the next; with shift they choose on the way. */
export function step(
  event: React.KeyboardEvent<HTMLElement>,
  toggle?: (path: string, range?: boolean) => void,
) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('a.prompt-row')];
  const at = links.findIndex((link) => link.closest('li')?.contains(document.activeElement));
  const next = links[at + by];
  if (at < 0 || !next) return;
  event.preventDefault();
  const [from, to] = [pathOf(document.activeElement), pathOf(next)];
  if (event.shiftKey && toggle && from && to) {
    toggle(from, true);
    toggle(to, true);
  }
  next.focus();
}
