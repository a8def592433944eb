import { Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { trySource } from '@/api/operations';
import type { SourceReads, SourceTried } from '@/api/types';
import { ProblemNote } from '@/components/Loaded';
import { PlainTable } from '@/components/PlainTable';
import { Said } from '@/components/Said';
import { useAct } from '@/components/session';
import { moment } from '@/lib/format';

/** A pasted example, and what would be stored of it. */
export function SourceTrial({
  name,
  environment,
  reads,
}: {
  name: string;
  environment: string;
  reads: SourceReads;
}) {
  const [body, setBody] = useState('');
  const [seen, setSeen] = useState<{ tried: SourceTried; reads: SourceReads; body: string }>();
  const look = useAct(trySource, {
    quiet: true,
    onDone: (tried, asked) => setSeen({ tried, reads, body: asked.body }),
  });
  const isOld = seen && (seen.reads !== reads || seen.body !== body);
  return (
    <section className="stack" aria-labelledby="trial">
      <h3 id="trial">Try it</h3>
      <Textarea
        label="An example of what it sends"
        description="Paste a delivery from the sender's log. Nothing is stored."
        autosize
        minRows={4}
        maxRows={16}
        value={body}
        onChange={(event) => setBody(event.currentTarget.value)}
      />
      <div>
        <Button
          variant="default"
          loading={look.isPending}
          disabled={body.trim() === ''}
          onClick={() => look.mutate({ name: name || 'trial', environment, reads, body })}
        >
          Show what would be stored
        </Button>
      </div>
      {look.isError && <ProblemNote error={look.error} />}
      {seen && !look.isError && (
        <div role="status" className="stack">
          <p>
            <Said text={isOld ? `Before the last change: ${seen.tried.sentence}` : seen.tried.sentence} />
          </p>
          <PlainTable
            label="What would be stored"
            columns={[
              'Item',
              { title: 'KPI', text: true },
              { title: 'Unit', text: true },
              'Value',
              { title: 'When', text: true },
              { title: 'Id', text: true },
              { title: 'What becomes of it', text: true },
            ]}
            rows={seen.tried.items.map((item, place) => ({
              key: place,
              cells: [
                item.index + 1,
                item.event?.type === 'exposure' ? 'exposure' : item.event?.kpi,
                item.event?.unit,
                item.event?.value,
                item.event ? moment(item.event.time) : '',
                <span key="id" className="wrap-any">
                  {item.event?.id}
                </span>,
                item.event ? (
                  'stored'
                ) : (
                  <Said key="why" text={item.refused?.message ?? 'left alone: no KPI asks for it'} />
                ),
              ],
            }))}
          />
        </div>
      )}
    </section>
  );
}
