import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { cohortsQuery } from '@/api/analysis-queries';
import type { Cohorts } from '@/api/types';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { count, plural } from '@/lib/format';
import { Forest } from './Forest';
import { RetentionTile } from './RetentionTile';
import './cohorts.css';
import { Said } from '@/components/Said';

const FACETS_MAX = 3;
const FACET_BUTTONS_MAX = 6;
const facetWords = (facet: string) => (facet === 'returning' ? 'new or returning' : facet.replace(/_/g, ' '));

/** The effect of a rollout, group by group. */
export function CohortsPage() {
  const { number } = useParams({ from: '/shell/live/$number/cohorts' });
  const { by = '' } = useSearch({ from: '/shell/live/$number/cohorts' });
  const navigate = useNavigate();
  const found = useQuery(cohortsQuery({ rollout: Number(number), by }));
  const choose = (facets: string[]) =>
    void navigate({
      to: '/live/$number/cohorts',
      params: { number },
      search: { by: facets.join(',') || undefined },
      replace: true,
      resetScroll: false,
    });
  return (
    <Page
      title="Groups of people"
      intent="Who gains and who loses: the effect of a rollout in each group of people."
      trail={[
        { title: 'Live', to: '/live' },
        { title: `R-${number}`, to: '/live/$number', params: { number } },
        { title: 'Groups' },
      ]}
    >
      <Loaded query={found} shape={<Bones rows={8} />}>
        {(data) => (
          <>
            <Chooser by={data.by} facets={data.facets} onChoose={choose} />
            {data.cohorts.length === 1 && <OneGroup data={data} onChoose={choose} />}
            {data.cohorts.length === 0 ? (
              <Empty title="Nobody was exposed yet">
                <p>Groups show as soon as applications report who got which version.</p>
              </Empty>
            ) : (
              <Found data={data} />
            )}
            <RetentionTile kpi={data.kpi} by={data.by.find((facet) => facet !== 'returning')} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Chooser({
  by,
  facets,
  onChoose,
}: {
  by: string[];
  facets: string[];
  onChoose: (facets: string[]) => void;
}) {
  const places = [...by, ...(by.length < FACETS_MAX ? [''] : [])];
  return (
    <fieldset className="cohort-by">
      <legend>Tell people apart by</legend>
      {places.map((facet, place) => (
        <Select
          key={place}
          aria-label={place === 0 ? 'Tell people apart by' : `and by, ${place + 1}`}
          placeholder="and by …"
          clearable={place > 0}
          value={facet || null}
          data={facets
            .filter((known) => known === facet || !by.includes(known))
            .map((known) => ({ value: known, label: facetWords(known) }))}
          onChange={(value) => {
            const next = [...by];
            if (value) next[place] = value;
            else next.splice(place, 1);
            onChoose(next);
          }}
        />
      ))}
    </fieldset>
  );
}

/** Where everybody falls into one group there is nothing to compare: the other ways, one click away. */
function OneGroup({ data, onChoose }: { data: Cohorts; onChoose: (facets: string[]) => void }) {
  const others = data.facets.filter((facet) => !data.by.includes(facet));
  if (others.length === 0) return null;
  return (
    <section className="banner between" aria-label="Other ways to tell people apart">
      <p>{`By ${data.by.map(facetWords).join(' and ')} all are alike: “${data.cohorts[0]?.labels.join(' · ')}”. Tell them apart by:`}</p>
      <div className="row">
        {others.slice(0, FACET_BUTTONS_MAX).map((facet) => (
          <Button key={facet} variant="default" size="xs" onClick={() => onChoose([facet])}>
            {facetWords(facet)}
          </Button>
        ))}
      </div>
    </section>
  );
}

function Found({ data }: { data: Cohorts }) {
  return (
    <>
      {data.comparisons.map((comparison) => {
        const title = `${data.arms[comparison.arm]} against ${data.arms[0]}`;
        return (
          <section key={comparison.arm} className="tile" aria-label={title}>
            <h2 className="tile-title">{`${data.kpi.title || data.kpi.id}: ${title}`}</h2>
            {comparison.reversal && (
              <div className="banner owed">
                <Said text={comparison.sentences[0] ?? ''} />
              </div>
            )}
            {comparison.sentences.slice(comparison.reversal ? 1 : 0).map((sentence) => (
              <p key={sentence} className="cohort-said">
                <Said text={sentence} />
              </p>
            ))}
            <Forest data={data} comparison={comparison} />
          </section>
        );
      })}
      <p className="quiet">
        {`${plural(
          data.total.reduce((all, arm) => all + arm.units, 0),
          'person',
          'people',
        )} counted.`}
        {data.missing > 0 && ` Up to ${count(data.missing)} newer events are not counted yet.`}
      </p>
    </>
  );
}
