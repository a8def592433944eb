/** Words of the server: names that it sets in backticks are set as code, and never show their marks. */
export function Said({ text }: { text: string }) {
  return (
    <>{text.split(/`([^`]+)`/).map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part))}</>
  );
}
