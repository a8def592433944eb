import { Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { trySource } from '@/api/operations';
import type { SourceReads, SourceTried } from '@/api/types';
import { ProblemNote } from '@/components/Loaded';
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
          <p>{isOld ? `Before the last change: ${seen.tried.sentence}` : seen.tried.sentence}</p>
          <div className="data-table-wrap">
            <table className="data-table">
              <thead>
                <tr>
                  <th className="number">Item</th>
                  <th>KPI</th>
                  <th>Unit</th>
                  <th className="number">Value</th>
                  <th>When</th>
                  <th>Id</th>
                  <th>What becomes of it</th>
                </tr>
              </thead>
              <tbody>
                {seen.tried.items.map((item, place) => (
                  <tr key={place}>
                    <td className="number">{item.index + 1}</td>
                    <td>{item.event?.type === 'exposure' ? 'exposure' : item.event?.kpi}</td>
                    <td>{item.event?.unit}</td>
                    <td className="number">{item.event?.value}</td>
                    <td>{item.event ? moment(item.event.time) : ''}</td>
                    <td className="wrap-any">{item.event?.id}</td>
                    <td>
                      {item.event
                        ? 'stored'
                        : (item.refused?.message.replaceAll('`', '') ?? 'left alone: no KPI asks for it')}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </div>
      )}
    </section>
  );
}
