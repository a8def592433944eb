import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { workflowQuery } from '@/api/queries';
import type { Workflow } from '@/api/types';
import { useKeys } from '@/components/keys';
import { LinkButton } from '@/components/LinkButton';
import { Bones, Loaded } from '@/components/Loaded';
import { Page } from '@/components/Page';
import { Pill } from '@/components/Pill';
import { useLibrary, useMay } from '@/components/session';
import { TabPanel, Tabs } from '@/components/Tabs';
import { TechnicalDetails } from '@/components/TechnicalDetails';
import { personName, plural } from '@/lib/format';
import { channelName, draftTitle, sentenceCase } from '@/lib/words-shown';
import { Attributes } from './Attributes';
import { Problems } from './Problems';
import { StepsMap } from './StepsMap';
import { StepsTable } from './StepsTable';
import './workflows.css';

const CodeView = lazy(() => import('@/components/code/CodeView'));
const views = ['map', 'table', 'inputs', 'source'] as const;
type View = (typeof views)[number];

/** One workflow: its steps as a drawing and as a table, what flows, and what does not fit. */
export function WorkflowPage() {
  const { id } = useParams({ from: '/shell/workflows/$id' });
  const { draft } = useSearch({ from: '/shell/workflows/$id' });
  const workflow = useQuery(workflowQuery(id, { draft }));
  return (
    <Loaded
      query={workflow}
      shape={
        <Page
          title={sentenceCase(id.split('/').at(-1) ?? id)}
          trail={[{ title: 'Workflows', to: '/workflows' }]}
        >
          <div className="tile">
            <Bones rows={8} height={36} />
          </div>
        </Page>
      }
    >
      {(data) => <Read workflow={data} />}
    </Loaded>
  );
}

function Read({ workflow }: { workflow: Workflow }) {
  const search = useSearch({ from: '/shell/workflows/$id' });
  const navigate = useNavigate();
  const narrow = useMediaQuery('(max-width: 720px)', undefined, { getInitialValueInEffect: false });
  const view: View = views.find((key) => key === search.view) ?? (narrow ? 'table' : 'map');
  const set = (part: { view?: string; step?: string }) =>
    void navigate({
      to: '/workflows/$id',
      params: { id: workflow.name },
      search: { ...search, ...part },
      replace: true,
      resetScroll: false,
    });
  const inputs = Object.keys((workflow.attributes as { properties?: object }).properties ?? {}).length;
  const mayWrite = useMay('write-draft');
  const editHref = {
    to: '/prompts/$id/edit',
    params: { id: workflow.path },
    search: search.draft ? { draft: search.draft } : {},
  } as const;
  useKeys(mayWrite ? { e: () => void navigate(editHref) } : {});
  return (
    <Page
      title={workflow.title || workflow.name}
      intent={workflow.intent}
      trail={[{ title: 'Workflows', to: '/workflows' }]}
      actions={
        <>
          <LinkButton
            to="/map"
            search={search.draft ? { draft: search.draft } : { prompt: workflow.path }}
            variant={mayWrite ? 'default' : 'filled'}
          >
            What it reaches
          </LinkButton>
          {mayWrite && <LinkButton {...editHref}>Edit</LinkButton>}
        </>
      }
      pills={<Pills workflow={workflow} />}
    >
      {search.draft && (
        <p className="banner">
          {'This is how it stands on the draft '}
          <Link to="/drafts/$name" params={{ name: search.draft }} className="link">
            {sentenceCase(draftTitle(search.draft))}
          </Link>
          {'. '}
          <Link to="/workflows/$id" params={{ id: workflow.name }} search={{}} className="link">
            Read it as it is in the library
          </Link>
        </p>
      )}
      <Problems
        list={workflow.diagnostics}
        steps={workflow.steps}
        onStep={(step) => set({ view: narrow ? 'table' : 'map', step })}
      />
      <Tabs
        label="How to look at it"
        chosen={view}
        onChoose={(key) => set({ view: key })}
        tabs={[
          { key: 'map', title: 'Map' },
          { key: 'table', title: 'Table', n: workflow.steps.length },
          { key: 'inputs', title: 'What comes in', n: inputs },
          { key: 'source', title: 'Source' },
        ]}
      />
      <TabPanel of={view}>
        {view === 'map' && (
          <StepsMap workflow={workflow} chosen={search.step} onChoose={(step) => set({ step })} />
        )}
        {view === 'table' && <StepsTable workflow={workflow} />}
        {view === 'inputs' && <Attributes workflow={workflow} />}
        {view === 'source' && (
          <div className="tile flush">
            <Suspense
              fallback={
                <div style={{ padding: 20 }}>
                  <Bones rows={10} />
                </div>
              }
            >
              <CodeView source={workflow.source} label={`Source of ${workflow.title}`} />
            </Suspense>
          </div>
        )}
      </TabPanel>
    </Page>
  );
}

function Pills({ workflow }: { workflow: Workflow }) {
  const kpis = useLibrary()?.kpis ?? [];
  const errors = workflow.diagnostics.filter((one) => one.severity === 'error').length;
  const channels = workflow.channel
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
  return (
    <>
      {errors > 0 ? (
        <Pill tone="red" icon="warning">
          {plural(errors, 'problem')}
        </Pill>
      ) : (
        <Pill tone="green" icon="check">
          Everything fits
        </Pill>
      )}
      {workflow.trigger && <Pill icon="bolt">{`Set off by ${workflow.trigger.replace(/_/g, ' ')}`}</Pill>}
      {channels.map((channel) => (
        <Pill key={channel}>{channelName(channel)}</Pill>
      ))}
      {workflow.owner && <Pill icon="person">{`Owner: ${personName(workflow.owner)}`}</Pill>}
      {workflow.kpis.length > 0 && (
        <Pill icon="up">
          {`To move ${workflow.kpis
            .map((id) => kpis.find((kpi) => kpi.id === id)?.title ?? sentenceCase(id))
            .join(', ')
            .toLowerCase()}`}
        </Pill>
      )}
      <TechnicalDetails
        rows={[
          ['Version id (commit)', workflow.base],
          ['File', workflow.path],
        ]}
      />
    </>
  );
}
