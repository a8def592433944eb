import { Button, Drawer } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Icon } from './Icon';
import { toast } from './toast';

/** A drawer for those who ask for ids and digests. */
export function TechnicalDetails({
  rows,
  children,
}: {
  rows: [string, string | null | undefined][];
  children?: ReactNode;
}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="subtle" size="compact-sm" onClick={() => setOpen(true)}>
        Technical details
      </Button>
      <Drawer
        opened={open}
        onClose={() => setOpen(false)}
        position="right"
        title="Technical details"
        size="md"
      >
        <dl className="stack">
          {rows
            .filter((row): row is [string, string] => Boolean(row[1]))
            .map(([name, value]) => (
              <div key={name}>
                <dt className="label">{name}</dt>
                <dd className="row nowrap">
                  <code className="wrap-any grow">{value}</code>
                  <CopyButton value={value} name={name} />
                </dd>
              </div>
            ))}
        </dl>
        {children}
      </Drawer>
    </>
  );
}

/** Copies a value and says so. */
export function CopyButton({ value, name }: { value: string; name: string }) {
  return (
    <Button
      variant="default"
      size="compact-sm"
      aria-label={`Copy ${name}`}
      leftSection={<Icon name="copy" size={14} />}
      onClick={() => void navigator.clipboard?.writeText(value).then(() => toast('Copied', { text: name }))}
    >
      Copy
    </Button>
  );
}
