/** One upload under way: what was sent of it, how far the server is, and stopping it. */
import { useRef, useState } from 'react';
import { stopUpload, uploadTable } from '@/api/operations';
import type { Mapping, Upload } from '@/api/types';
import { useAct } from '@/components/session';

/** An upload that can be watched. */
export type Sending = { key: string; sent: number; size: number };

type Input = { file: File; by?: Mapping };

/** Sends tables, one at a time. */
export function useUpload(
  { dryRun, backfill }: { dryRun: boolean; backfill: boolean },
  onDone: (upload: Upload, input: Input) => void,
) {
  const [sending, setSending] = useState<Sending>();
  const stop = useRef<AbortController>(undefined);
  const act = useAct(
    ({ file, by }: Input) => {
      const key = crypto.randomUUID();
      stop.current = new AbortController();
      setSending({ key, sent: 0, size: file.size });
      return uploadTable(file, { name: file.name, dry_run: dryRun, backfill, progress: key }, by, {
        onSent: (sent) => setSending({ key, sent, size: file.size }),
        signal: stop.current.signal,
      }).finally(() => setSending(undefined));
    },
    { quiet: true, onDone },
  );
  const cancel = () => {
    if (!sending) return;
    if (sending.sent < sending.size) stop.current?.abort();
    // Where the server is done already, there is nothing left to stop.
    else void stopUpload(sending.key).catch(() => undefined);
  };
  return { ...act, sending, cancel };
}
