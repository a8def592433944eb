import { Button, Checkbox, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { workflowsQuery } from '@/api/queries';
import type { WorkflowSummary } from '@/api/types';
import { Icon } from '@/components/Icon';
import { useKeys } from '@/components/keys';
import { LinkButton } from '@/components/LinkButton';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { Pill } from '@/components/Pill';
import { ago, personName, plural } from '@/lib/format';
import { channelName } from '@/lib/words-shown';
import './workflows.css';

type Filters = { q?: string; errors?: boolean };

/** Every workflow, with what does not fit. */
export function WorkflowsPage() {
  const filters = useSearch({ from: '/shell/workflows' }) as Filters;
  const navigate = useNavigate();
  const set = (part: Partial<Filters>) =>
    void navigate({ to: '/workflows', search: { ...filters, ...part }, replace: true });
  const found = useInfiniteQuery(workflowsQuery({ q: filters.q, with_errors: filters.errors }));
  const rows = found.data?.pages.flatMap((page) => page.items) ?? [];
  const total = found.data?.pages[0]?.total;
  const filtered = Boolean(filters.q || filters.errors);
  const first = rows[0];
  return (
    <Page
      title="Workflows"
      intent="Prompts that work together: what each is given, which decision leads where, and whether it all fits."
      trail={[{ title: 'Workflows' }]}
      actions={
        first && (
          <LinkButton to="/workflows/$id" params={{ id: first.name }}>
            {`Open “${first.title}”`}
          </LinkButton>
        )
      }
    >
      {(filtered || (total ?? 0) > 0) && <Filter filters={filters} set={set} total={total} />}
      <Loaded
        query={found}
        shape={
          <div className="tile">
            <Bones rows={4} height={40} />
          </div>
        }
      >
        {() =>
          rows.length === 0 ? (
            <None filtered={filtered} onClear={() => set({ q: undefined, errors: undefined })} />
          ) : (
            <>
              <ul className="tile flush list" aria-label="Workflows">
                {rows.map((row) => (
                  <Row key={row.path} row={row} />
                ))}
              </ul>
              {found.hasNextPage && (
                <div>
                  <Button
                    variant="default"
                    size="sm"
                    loading={found.isFetchingNextPage}
                    onClick={() => void found.fetchNextPage()}
                  >
                    Show more
                  </Button>
                </div>
              )}
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function Filter({
  filters,
  set,
  total,
}: {
  filters: Filters;
  set: (part: Partial<Filters>) => void;
  total?: number;
}) {
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(filters.q ?? '');
  const search = useDebouncedCallback((q: string) => set({ q: q || undefined }), 180);
  useKeys({ '/': () => field.current?.focus() });
  return (
    <search className="row">
      <TextInput
        ref={field}
        aria-label="Search the workflows"
        placeholder="Search title, steps, prompts, owner"
        leftSection={<Icon name="search" size={14} />}
        value={typed}
        className="workflow-search"
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          search(event.currentTarget.value.trim());
        }}
      />
      <Checkbox
        label="With problems"
        checked={filters.errors ?? false}
        onChange={(event) => set({ errors: event.currentTarget.checked || undefined })}
      />
      {total !== undefined && <span className="small quiet">{plural(total, 'workflow')}</span>}
    </search>
  );
}

function Row({ row }: { row: WorkflowSummary }) {
  const channels = row.channel
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
  return (
    <li>
      <Link to="/workflows/$id" params={{ id: row.name }} className="workflow-row">
        <span className="grow">
          <span className="serif workflow-title">{row.title || row.name}</span>
          <span className="small quiet workflow-intent">{row.intent || row.name}</span>
        </span>
        <span className="row workflow-facts">
          {row.errors > 0 ? (
            <Pill tone="red" icon="warning">
              {plural(row.errors, 'problem')}
            </Pill>
          ) : (
            <Pill tone="green" icon="check">
              Everything fits
            </Pill>
          )}
          {channels.map((channel) => (
            <Pill key={channel}>{channelName(channel)}</Pill>
          ))}
          <span className="small quiet">{`${personName(row.owner)} · v${row.version} · ${ago(row.updated_at)}`}</span>
        </span>
      </Link>
    </li>
  );
}

const example = `title: Welcome a lead
trigger: lead_created
attributes:
  source: string, where the lead came from
steps:
  - id: sort
    prompt: ads/audience/segment-lead
    inputs:
      source: {from: attributes.source}
    next: end`;

function None({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  if (filtered)
    return (
      <Empty
        title="No workflow fits"
        action={
          <Button variant="default" onClick={onClear}>
            Clear the filters
          </Button>
        }
      >
        Try fewer words. What has no problems is left out while “With problems” is on.
      </Empty>
    );
  return (
    <section className="empty">
      <h2>No workflows yet</h2>
      <p>
        A workflow says which prompt runs after which, and what is handed on. Then a change that would break a
        later step is found before it is published. One is a file in the folder workflows, for example
        welcome.workflow.yaml:
      </p>
      <pre className="mono workflow-example">{example}</pre>
      <div className="row">
        <Button variant="default" onClick={() => void navigator.clipboard?.writeText(example)}>
          Copy the example
        </Button>
      </div>
    </section>
  );
}
