import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { promptQuery, rolloutsQuery } from '@/api/queries';
import type { Prompt } from '@/api/types';
import { Baselines } from '@/components/Baselines';
import { useKeys } from '@/components/keys';
import { LinkButton } from '@/components/LinkButton';
import { Bones, Loaded } from '@/components/Loaded';
import { type Crumb, Page } from '@/components/Page';
import { LivePills, Pill } from '@/components/Pill';
import { useLiveInOrder, useMay } from '@/components/session';
import { TabPanel, Tabs } from '@/components/Tabs';
import { TechnicalDetails } from '@/components/TechnicalDetails';
import { date, personName, plural } from '@/lib/format';
import { channelName, fileKindWords, sentenceCase, shortName } from '@/lib/words-shown';
import { DocumentationPart } from './DocumentationPart';
import { MeasuredStrip } from './MeasuredStrip';
import { RenderedView } from './RenderedView';
import { ResultsView } from './ResultsView';
import { TextView } from './TextView';
import { Timeline } from './Timeline';
import { UsesView } from './UsesView';
import { VariationsView } from './VariationsView';
import { VersionsView } from './VersionsView';
import './prompt.css';

const CodeView = lazy(() => import('@/components/code/CodeView'));

const tabKeys = ['text', 'rendered', 'versions', 'variations', 'uses', 'results', 'source'] as const;
type TabKey = (typeof tabKeys)[number];

/** One prompt: its text with its story, and everything known of it. */
export function PromptPage() {
  const { id } = useParams({ from: '/shell/prompts/$id' });
  const search = useSearch({ from: '/shell/prompts/$id' });
  const prompt = useQuery(promptQuery(id, { version: search.version, draft: search.draft }));
  return (
    <Loaded query={prompt} shape={<Shape id={id} />}>
      {(data) => <Read key={id} prompt={data} asked={id} />}
    </Loaded>
  );
}

function Shape({ id }: { id: string }) {
  return (
    <Page title={sentenceCase(id.split('/').at(-1) ?? id)} trail={[{ title: 'Library', to: '/library' }]}>
      <div className="edition">
        <div className="edition-text">
          <Bones rows={9} />
        </div>
        <div className="margin">
          <Bones rows={4} />
        </div>
      </div>
    </Page>
  );
}

function trailOf(prompt: Prompt): Crumb[] {
  const folders = prompt.id.split('/').slice(0, -1);
  return [
    { title: 'Library', to: '/library', search: {} },
    ...folders.map((name, depth) => ({
      title: sentenceCase(name),
      to: '/library' as const,
      search: { folder: `prompts/${folders.slice(0, depth + 1).join('/')}` },
    })),
  ];
}

/** Whether it opens anything to variations, or is one. */
const varies = (prompt: Prompt) =>
  Boolean(prompt.variation || prompt.slots?.length || prompt.open_fields?.length);

/** The id a name in an address stands for: addresses may name the file as well. */
const idOf = (name: string) => name.replace(/^prompts\//, '').replace(/\.prompt$/, '');

function Read({ prompt: given, asked }: { prompt: Prompt; asked: string }) {
  const prompt = { ...given, live: useLiveInOrder(given.live) };
  const search = useSearch({ from: '/shell/prompts/$id' });
  const navigate = useNavigate();
  const mayWrite = useMay('write-draft');
  const rollouts =
    useQuery(rolloutsQuery).data?.items.filter((rollout) => rollout.prompt === prompt.id) ?? [];
  const chosen: TabKey = tabKeys.find((key) => key === search.tab) ?? 'text';
  const choose = (tab: TabKey) =>
    void navigate({
      to: '/prompts/$id',
      params: { id: prompt.id },
      search: { ...search, tab },
      replace: true,
    });
  const editHref = {
    to: '/prompts/$id/edit',
    params: { id: prompt.id },
    search: search.draft ? { draft: search.draft } : {},
  } as const;
  const compareHref = { to: '/prompts/$id/compare', params: { id: prompt.id }, search: {} } as const;
  useKeys({ ...(mayWrite ? { e: () => void navigate(editHref) } : {}), c: () => void navigate(compareHref) });

  return (
    <Page
      title={prompt.title || sentenceCase(prompt.id.split('/').at(-1) ?? prompt.id)}
      intent={prompt.intent}
      trail={trailOf(prompt)}
      actions={
        <>
          {prompt.version > 1 && (
            <LinkButton {...compareHref} variant="default">
              Compare
            </LinkButton>
          )}
          <LinkButton
            to="/map"
            search={search.draft ? { draft: search.draft } : { prompt: prompt.path }}
            variant="default"
          >
            What it reaches
          </LinkButton>
          {mayWrite && <LinkButton {...editHref}>Edit</LinkButton>}
        </>
      }
      pills={<Pills prompt={prompt} />}
    >
      {idOf(asked) !== idOf(given.id) && (
        <p className="banner owed" role="status">
          {`“${idOf(asked)}” has moved to `}
          <Link to="/prompts/$id" params={{ id: given.id }} search={search} replace className="link">
            {given.id}
          </Link>
          {'. Old links and callers of the old id are led here.'}
        </p>
      )}
      {search.version != null && (
        <div className="banner owed">
          {`You are reading Version ${search.version}. `}
          <Link to="/prompts/$id" params={{ id: prompt.id }} search={{}} className="link">
            Read the newest
          </Link>
        </div>
      )}
      <Tabs
        label="About this prompt"
        chosen={chosen}
        onChoose={choose}
        tabs={[
          { key: 'text', title: 'Text' },
          { key: 'rendered', title: 'Rendered' },
          { key: 'versions', title: 'Versions', n: prompt.version },
          ...(varies(prompt) ? [{ key: 'variations' as const, title: 'Variations' }] : []),
          {
            key: 'uses',
            title: prompt.kind === 'partial' ? 'Used in' : 'Shared parts',
            n: prompt.kind === 'partial' ? undefined : prompt.partials.length,
          },
          { key: 'results', title: 'Results', n: rollouts.length },
          { key: 'source', title: 'Source' },
        ]}
      />
      <TabPanel of={chosen}>
        {chosen === 'text' && (
          <div className="stack loose">
            <TextView prompt={prompt} />
            <MeasuredStrip id={prompt.id} />
            <DocumentationPart prompt={prompt} draft={search.draft} />
            <Timeline id={prompt.id} live={prompt.live} />
          </div>
        )}
        {chosen === 'rendered' && <RenderedView prompt={prompt} />}
        {chosen === 'versions' && <VersionsView id={prompt.id} />}
        {chosen === 'variations' && <VariationsView id={prompt.id} draft={search.draft} />}
        {chosen === 'uses' && <UsesView prompt={prompt} />}
        {chosen === 'results' && (
          <div className="stack loose">
            <ResultsView id={prompt.id} rollouts={rollouts} />
            <Baselines prompt={prompt.id} />
          </div>
        )}
        {chosen === 'source' && (
          <div className="tile flush">
            <Suspense
              fallback={
                <div style={{ padding: 20 }}>
                  <Bones rows={8} />
                </div>
              }
            >
              <CodeView source={prompt.source} label={`Source of ${prompt.title}`} />
            </Suspense>
          </div>
        )}
      </TabPanel>
    </Page>
  );
}

/** The newest of some days, as people say it. */
function lastAsked(days: string[]): string {
  const newest = [...days].sort().at(-1) ?? '';
  return newest === new Date().toISOString().slice(0, 10) ? 'today' : date(newest);
}

function Pills({ prompt }: { prompt: Prompt }) {
  const place = [prompt.brand, prompt.region]
    .filter((part) => part && part !== 'all')
    .map(shortName)
    .join(' · ');
  const errors = prompt.diagnostics.filter((diagnostic) => diagnostic.severity === 'error').length;
  const warnings = prompt.diagnostics.length - errors;
  return (
    <>
      {prompt.kind !== 'partial' && <LivePills live={prompt.live} />}
      {prompt.kind !== 'prompt' && <Pill>{fileKindWords[prompt.kind] ?? prompt.kind}</Pill>}
      {prompt.channel && <Pill>{channelName(prompt.channel)}</Pill>}
      {place && <Pill>{place}</Pill>}
      {prompt.owner && <Pill icon="person">{`Owner: ${personName(prompt.owner)}`}</Pill>}
      {prompt.asked && prompt.asked.length > 0 && (
        <Pill icon="clock">{`Last asked for: ${lastAsked(prompt.asked.map((one) => one.day))}`}</Pill>
      )}
      {prompt.model && <Pill>{prompt.model.split('/').at(-1)}</Pill>}
      {errors > 0 && (
        <Pill tone="red" icon="warning">
          {plural(errors, 'problem')}
        </Pill>
      )}
      {warnings > 0 && (
        <Pill tone="amber" icon="warning">
          {plural(warnings, 'remark')}
        </Pill>
      )}
      <TechnicalDetails
        rows={[
          ['Version id (commit)', prompt.base],
          ['File', prompt.path],
          ['Model', prompt.model],
          ['Parameters', prompt.config ? JSON.stringify(prompt.config) : undefined],
        ]}
      />
    </>
  );
}
