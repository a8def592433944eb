import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { catalogueEntriesQuery, catalogueQuery } from '@/api/queries';
import type { BrowseCatalogue, Catalogue, CatalogueEntry } from '@/api/types';
import { ScoreBar } from '@/components/Documentation';
import { LinkButton } from '@/components/LinkButton';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { Pill } from '@/components/Pill';
import { useLiveInOrder } from '@/components/session';
import { itemWord, lackingOf } from '@/lib/documentation';
import { ago, personName, plural } from '@/lib/format';
import { Categories } from './Categories';
import { Filter, type Filters } from './Filter';
import './catalogue.css';

const asked = (filters: Filters): BrowseCatalogue => ({
  q: filters.q,
  category: filters.category,
  lacking: filters.lacking,
  below: filters.gaps ? 100 : undefined,
});

/** Every prompt with what it says about itself, by category. */
export function CataloguePage() {
  const filters = useSearch({ from: '/shell/catalogue' }) as Filters;
  const navigate = useNavigate();
  const set = (part: Partial<Filters>) =>
    void navigate({ to: '/catalogue', search: { ...filters, ...part }, replace: true, resetScroll: false });
  const clear = () => set({ q: undefined, category: undefined, lacking: undefined, gaps: undefined });
  // The bars count what words and gaps leave, but not one category alone.
  const catalogue = useQuery(catalogueQuery({ ...asked(filters), category: undefined }));
  const whole = useQuery(catalogueQuery({})).data;
  const filtered = Boolean(filters.q || filters.category || filters.lacking || filters.gaps);
  return (
    <Page
      title="Catalogue"
      intent={
        whole
          ? sentence(whole)
          : 'What every prompt is for, what it takes and yields, and who answers for it.'
      }
      trail={[{ title: 'Catalogue' }]}
      actions={whole && <Next catalogue={whole} filters={filters} />}
    >
      {whole?.problem && (
        <div className="banner owed">
          {`The documentation standard of this library cannot be read, so the usual one counts: ${whole.problem}`}
        </div>
      )}
      <Filter filters={filters} set={set} counts={whole?.all.lacking ?? []} />
      <div className="catalogue">
        <Loaded query={catalogue} shape={<Bones rows={6} height={32} />}>
          {(data) => (
            <Categories
              catalogue={data}
              chosen={filters.category}
              onChoose={(category) => set({ category })}
            />
          )}
        </Loaded>
        <Entries filters={filters} filtered={filtered} onClear={clear} />
      </div>
    </Page>
  );
}

function sentence(catalogue: Catalogue): string {
  const { prompts, score, full } = catalogue.all;
  if (prompts === 0) return 'What every prompt is for, what it takes and yields, and who answers for it.';
  const rest = prompts - full;
  const gaps = rest === 0 ? 'nothing is missing' : `something is missing in ${rest} of them`;
  return `${plural(prompts, 'prompt')}, documented to ${score} of 100; ${gaps}.`;
}

/** The one act: what has gaps, or all of it again. */
function Next({ catalogue, filters }: { catalogue: Catalogue; filters: Filters }) {
  if (catalogue.all.full === catalogue.all.prompts) return null;
  return filters.gaps ? (
    <LinkButton to="/catalogue" search={{ ...filters, gaps: undefined }} variant="default">
      Show all prompts
    </LinkButton>
  ) : (
    <LinkButton to="/catalogue" search={{ ...filters, gaps: true }}>
      Show what has gaps
    </LinkButton>
  );
}

function Entries({
  filters,
  filtered,
  onClear,
}: {
  filters: Filters;
  filtered: boolean;
  onClear: () => void;
}) {
  const found = useInfiniteQuery(catalogueEntriesQuery(asked(filters)));
  const rows = found.data?.pages.flatMap((page) => page.items) ?? [];
  const total = found.data?.pages[0]?.total ?? 0;
  return (
    <section aria-label="Prompts" className="stack" aria-busy={found.isPlaceholderData}>
      <Loaded query={found} shape={<Bones rows={5} height={60} />}>
        {() =>
          rows.length === 0 ? (
            <None filtered={filtered} onClear={onClear} />
          ) : (
            <>
              <p className="small quiet" role="status">
                {plural(total, 'prompt')}
              </p>
              <ul className="tile flush list">
                {rows.map((row) => (
                  <Row key={row.id} row={row} />
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
    </section>
  );
}

function Row({ row }: { row: CatalogueEntry }) {
  const [live] = useLiveInOrder(row.live);
  const said = row.documentation;
  const lacking = lackingOf(said).map((item) => itemWord(item).toLowerCase());
  return (
    <li>
      <Link to="/catalogue/$id" params={{ id: row.id }} className="entry-row">
        <span className="grow entry-words">
          <span className="serif entry-title">{row.title || row.id}</span>
          <span className="small quiet">{said.intent || 'It is not said what it is for.'}</span>
        </span>
        <span className="row entry-facts">
          <ScoreBar score={said.score} label="documented" />
          {lacking.length > 0 && (
            <Pill tone="amber" icon="warning">
              {`Missing: ${lacking.join(', ')}`}
            </Pill>
          )}
          {live && (
            <Pill tone="green" icon="dot">
              {`Live in ${live.environment}`}
            </Pill>
          )}
          <span className="small quiet">
            {`${said.owner ? `${personName(said.owner)} · ` : ''}v${row.version} · ${ago(row.updated_at)}`}
          </span>
        </span>
      </Link>
    </li>
  );
}

function None({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  if (filtered)
    return (
      <Empty
        title="No prompt fits"
        action={
          <Button variant="default" onClick={onClear}>
            Clear the filters
          </Button>
        }
      >
        Try fewer words, another category, or look at all prompts again.
      </Empty>
    );
  return (
    <Empty title="No prompts yet" action={<LinkButton to="/new">New prompt</LinkButton>}>
      Once there are prompts, each stands here with what it is for, what it takes and yields, how one tells
      that it is good, and who answers for it.
    </Empty>
  );
}
