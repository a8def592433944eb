import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { sourcesQuery } from '@/api/data-queries';
import type { Source } from '@/api/types';
import { Bones, Loaded } from '@/components/Loaded';
import { Pill } from '@/components/Pill';
import { useMay } from '@/components/session';
import { moment } from '@/lib/format';
import { SourceDetails } from './SourceDetails';
import { SourceForm } from './SourceForm';
import { deliveryWords } from './source-words';

/** Places elsewhere whose signed webhooks become events. */
export function SourcesView() {
  const sources = useQuery(sourcesQuery);
  const mayManage = useMay('administer');
  const [adding, setAdding] = useState(false);
  const [chosen, setChosen] = useState<string>();
  if (adding) return <SourceForm onDone={() => setAdding(false)} />;
  return (
    <div className="stack">
      <section className="tile stack" aria-labelledby="sources">
        <div className="between">
          <h2 id="sources" className="tile-title">
            Webhooks that come in
          </h2>
          {mayManage && <Button onClick={() => setAdding(true)}>Add a source</Button>}
        </div>
        <p className="quiet">
          Let your shop, your mail service or your CRM tell what happened, as it happens: it sends signed
          webhooks, and each becomes an event.
        </p>
        <Loaded query={sources} shape={<Bones rows={3} />}>
          {(all) =>
            all.length === 0 ? (
              <p>
                {mayManage
                  ? 'No sources yet. Add one, paste an example of what it sends, and see what would become of it.'
                  : 'No sources yet. An administrator can add one.'}
              </p>
            ) : (
              <ul className="list" aria-label="Sources">
                {all.map((source) => (
                  <SourceRow
                    key={source.name}
                    source={source}
                    open={chosen === source.name}
                    onOpen={() => setChosen(chosen === source.name ? undefined : source.name)}
                  />
                ))}
              </ul>
            )
          }
        </Loaded>
      </section>
      {chosen && <SourceDetails key={chosen} name={chosen} onGone={() => setChosen(undefined)} />}
    </div>
  );
}

function SourceRow({ source, open, onOpen }: { source: Source; open: boolean; onOpen: () => void }) {
  return (
    <li className="between">
      <div className="grow">
        <strong>{source.name}</strong>
        <code className="small quiet wrap-any" style={{ display: 'block' }}>
          {source.url}
        </code>
        <span className="small">
          {source.last
            ? `Last delivery ${moment(source.last.at)}: ${deliveryWords(source.last)}`
            : 'Nothing has arrived yet.'}
        </span>
      </div>
      <span className="row">
        <Pill>{source.environment}</Pill>
        <Pill tone={source.state === 'paused' ? 'amber' : 'green'}>{source.state}</Pill>
        <Button
          size="compact-sm"
          variant="default"
          aria-expanded={open}
          aria-label={`Details of ${source.name}`}
          onClick={onOpen}
        >
          {open ? 'Close' : 'Details'}
        </Button>
      </span>
    </li>
  );
}
