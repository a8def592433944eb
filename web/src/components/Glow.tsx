import { useEffect, useRef, useState } from 'react';

/** A number that glows once when it changes while it is looked at. */
export function Glow({ value }: { value: string }) {
  const before = useRef(value);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (before.current === value) return;
    before.current = value;
    setTurn((now) => now + 1);
  }, [value]);
  return (
    <strong key={turn} className={turn > 0 ? 'glow' : undefined}>
      {value}
    </strong>
  );
}
