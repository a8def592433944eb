import { useMediaQuery } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { impactQuery } from '@/api/queries';
import type { AskImpact, Impact } from '@/api/types';
import { LinkButton } from '@/components/LinkButton';
import { Bones, Loaded } from '@/components/Loaded';
import { type Crumb, Page } from '@/components/Page';
import { TabPanel, Tabs } from '@/components/Tabs';
import { kindCount, listed, promptId, workflowName } from '@/lib/impact';
import { draftTitle, sentenceCase } from '@/lib/words-shown';
import { Choose } from './Choose';
import { Findings } from './Findings';
import { KindFilter } from './KindFilter';
import { MapTable } from './MapTable';
import { MapView } from './MapView';
import './map.css';

type Asked = { prompt?: string; draft?: string; change?: number; view?: string; kinds?: string };

/** What a prompt, a draft or a review reaches: what breaks, what collides, and everything with the way why. */
export function MapPage() {
  const asked = useSearch({ from: '/shell/map' }) as Asked;
  const of = asked.change
    ? { change: asked.change }
    : asked.draft
      ? { draft: asked.draft }
      : { prompt: asked.prompt };
  if (!Object.values(of).some(Boolean)) return <Choose />;
  return <Reached key={JSON.stringify(of)} of={of} asked={asked} />;
}

function Reached({ of, asked }: { of: AskImpact; asked: Asked }) {
  const found = useInfiniteQuery(impactQuery(of));
  const first = found.data?.pages[0];
  return (
    <Page
      title={first ? titleOf(first) : 'What it reaches'}
      intent={first && intentOf(first)}
      trail={trailOf(of, first)}
      actions={first && <Primary of={of} impact={first} />}
    >
      <Loaded query={found} shape={<Shape />}>
        {() => first && <Explore of={of} asked={asked} impact={first} />}
      </Loaded>
    </Page>
  );
}

function Shape() {
  return (
    <div className="stack">
      <Bones rows={1} height={30} />
      <div className="tile">
        <Bones rows={8} height={36} />
      </div>
    </div>
  );
}

function Explore({ of, asked, impact }: { of: AskImpact; asked: Asked; impact: Impact }) {
  const navigate = useNavigate();
  const narrow = useMediaQuery('(max-width: 720px)', undefined, { getInitialValueInEffect: false });
  const view = asked.view === 'map' || asked.view === 'table' ? asked.view : narrow ? 'table' : 'map';
  const kinds = asked.kinds?.split(',').filter(Boolean) ?? [];
  const set = (part: Partial<Asked>) =>
    void navigate({ to: '/map', search: { ...asked, ...part }, replace: true, resetScroll: false });
  const reached = impact.counts.reduce((sum, count) => sum + count.reached, 0);
  return (
    <>
      <Findings impact={impact} draft={of.draft} />
      {reached === 0 ? (
        <section className="empty">
          <h2>Nothing leans on it</h2>
          <p>
            No prompt includes it, no workflow runs it, no test set tests it, and it is not live. It can be
            changed without a second thought.
          </p>
        </section>
      ) : (
        <>
          <KindFilter
            counts={impact.counts}
            chosen={kinds}
            onChoose={(next) => set({ kinds: next.length > 0 ? next.join(',') : undefined })}
          />
          <Tabs
            label="How to look at it"
            chosen={view}
            onChoose={(key) => set({ view: key })}
            tabs={[
              { key: 'map', title: 'Map' },
              { key: 'table', title: 'Table' },
            ]}
          />
          <TabPanel of={view}>
            {view === 'map' ? (
              <MapView
                impact={impact}
                kinds={kinds}
                draft={of.draft}
                onTable={() => set({ view: 'table' })}
              />
            ) : (
              <MapTable of={of} kinds={kinds} graph={impact.graph} />
            )}
          </TabPanel>
        </>
      )}
      {impact.hidden > 0 && (
        <p className="quiet small">
          {`${impact.hidden} more ${impact.hidden === 1 ? 'file is' : 'files are'} reached that you may not see.`}
        </p>
      )}
    </>
  );
}

/** What was asked of, as people call it. */
export function subjectTitle(impact: Impact): string {
  if (impact.of.kind === 'draft') {
    return impact.of.title === impact.of.id ? sentenceCase(draftTitle(impact.of.id)) : impact.of.title;
  }
  return impact.of.title || impact.of.id;
}

const titleOf = (impact: Impact) => `What “${subjectTitle(impact)}” reaches`;

function intentOf(impact: Impact): string {
  const files = new Set([
    'prompt',
    'partial',
    'variation',
    'workflow',
    'suite',
    'rollout',
    'environment',
    'kpi',
  ]);
  const reached = impact.counts.filter((count) => count.reached > 0 && files.has(count.kind));
  const errors =
    impact.breaches.filter((breach) => breach.severity === 'error').length + impact.breaches_unnamed;
  const what = reached.length
    ? `Beside itself it reaches ${listed(reached.map((count) => kindCount(count.reached, count.kind)))}. `
    : '';
  return `${what}${errors > 0 ? `It breaks what ${errors === 1 ? 'one place counts' : `${errors} places count`} on.` : 'It breaks nothing that others count on.'}`;
}

function trailOf(of: AskImpact, impact?: Impact): Crumb[] {
  const here = { title: 'Map', to: '/map' as const };
  if (of.change)
    return [
      { title: 'Reviews', to: '/reviews' },
      { title: `CH-${of.change}`, to: '/reviews/$number', params: { number: String(of.change) } as never },
      here,
    ];
  if (of.draft)
    return [
      { title: 'Drafts', to: '/drafts' },
      {
        title: impact ? subjectTitle(impact) : sentenceCase(draftTitle(of.draft)),
        to: '/drafts/$name',
        params: { name: of.draft } as never,
      },
      here,
    ];
  return [{ title: 'Library', to: '/library' }, here];
}

/** The way back to what was asked of: there it is mended, or taken on. */
function Primary({ of, impact }: { of: AskImpact; impact: Impact }) {
  if (of.change)
    return (
      <LinkButton to="/reviews/$number" params={{ number: String(of.change) }}>
        {`Open review CH-${of.change}`}
      </LinkButton>
    );
  if (of.draft)
    return (
      <LinkButton to="/drafts/$name" params={{ name: of.draft }}>
        Open the draft
      </LinkButton>
    );
  const { kind, id } = impact.of;
  if (kind === 'workflow')
    return (
      <LinkButton to="/workflows/$id" params={{ id: workflowName(id) }}>
        Open the workflow
      </LinkButton>
    );
  if (!id.endsWith('.prompt')) return null;
  return (
    <LinkButton to="/prompts/$id" params={{ id: promptId(id) }} search={{}}>
      {kind === 'partial' ? 'Open the shared part' : 'Open the prompt'}
    </LinkButton>
  );
}
