import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { CopyButton } from './TechnicalDetails';

/** Something that is shown a single time, to be copied. */
export function SecretOnce({
  value,
  name,
  children,
  onDone,
}: {
  value: string;
  name: string;
  children: ReactNode;
  onDone: () => void;
}) {
  return (
    <div className="stack">
      <p className="quiet">{children}</p>
      <div className="secret">
        <code className="wrap-any">{value}</code>
        <CopyButton value={value} name={name} />
      </div>
      <Button onClick={onDone}>Done</Button>
    </div>
  );
}
