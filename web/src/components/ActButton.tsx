import { Button, type ButtonProps } from '@mantine/core';

/** A button that does something on the server: shows that it is at it, and cannot be pressed twice. */
export function ActButton({
  busy,
  onClick,
  ...button
}: Omit<ButtonProps, 'loading'> & { busy?: boolean; onClick: () => void }) {
  return <Button {...button} loading={busy} onClick={onClick} />;
}
