import { Button, Progress } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { uploadQuery } from '@/api/data-queries';
import { bytes, count } from '@/lib/format';
import type { Sending } from './use-upload';

/** How far an upload is: bytes on their way, then rows that are looked at, then rows that are stored. */
export function UploadProgress({ sending, onCancel }: { sending: Sending; onCancel: () => void }) {
  const isSent = sending.sent >= sending.size;
  const rows = useQuery({ ...uploadQuery(sending.key), enabled: isSent }).data;
  const share = isSent
    ? rows?.total
      ? rows.rows / rows.total
      : undefined
    : sending.sent / Math.max(1, sending.size);
  const words = !isSent
    ? `${bytes(sending.sent)} of ${bytes(sending.size)} sent`
    : !rows
      ? 'Sent; the server reads it'
      : rows.phase === 'storing'
        ? `${count(rows.rows)} of ${count(rows.total ?? rows.rows)} rows stored`
        : `${count(rows.rows)} rows looked at`;
  return (
    <div className="row" role="status" aria-label="Progress of the upload">
      <div className="grow">
        <p className="small">{words}</p>
        <Progress
          value={share === undefined ? 100 : share * 100}
          animated={share === undefined}
          striped={share === undefined}
          aria-label={words}
        />
      </div>
      <Button variant="default" size="compact-sm" onClick={onCancel}>
        Stop
      </Button>
    </div>
  );
}
