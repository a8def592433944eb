import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Breach, Collision, Impact } from '@/api/types';
import { Icon } from '@/components/Icon';
import { PlaceLink } from '@/components/PlaceLink';
import { plural } from '@/lib/format';
import { collisionPlace, grouped, listed, placeOfPath, promptId, reasonWords, titlesOf } from '@/lib/impact';

const SHOWN_AT_FIRST = 5;

/** Contracts that are broken, as errors; what else goes on with the same prompts, as warnings. */
export function Findings({ impact, draft }: { impact: Impact; draft?: string }) {
  const titles = titlesOf(impact.graph.nodes);
  const errors = impact.breaches.filter((breach) => breach.severity === 'error');
  const warnings = impact.breaches.filter((breach) => breach.severity !== 'error');
  const unnamed = impact.breaches_unnamed;
  return (
    <>
      {errors.length + unnamed > 0 && (
        <section className="banner harm" aria-labelledby="breaks">
          <h2 id="breaks">{`${plural(errors.length + unnamed, 'thing')} would break`}</h2>
          <Breaches breaches={errors} titles={titles} draft={draft} />
          {unnamed > 0 && (
            <p className="quiet small">{`${unnamed} more lie between files you may not see, or were too many to name.`}</p>
          )}
        </section>
      )}
      {warnings.length > 0 && (
        <section className="banner owed" aria-labelledby="doubts">
          <h2 id="doubts">{`${plural(warnings.length, 'thing')} to look at`}</h2>
          <Breaches breaches={warnings} titles={titles} draft={draft} />
        </section>
      )}
      {impact.collisions.length > 0 && <Collisions list={impact.collisions} titles={titles} />}
      {impact.files_unread > 0 && (
        <p className="quiet small">
          {`${plural(impact.files_unread, 'file')} that use it were not looked at, because there are too many.`}
        </p>
      )}
    </>
  );
}

type Titles = ReadonlyMap<string, string>;

function Breaches({ breaches, titles, draft }: { breaches: Breach[]; titles: Titles; draft?: string }) {
  const [all, setAll] = useState(false);
  const groups = grouped(breaches);
  const shown = all ? groups : groups.slice(0, SHOWN_AT_FIRST);
  return (
    <>
      <ol className="map-findings">
        {shown.map((breach) => (
          <li key={`${breach.message} ${breach.places[0]?.path} ${breach.places[0]?.line}`}>
            <Icon name={breach.severity === 'error' ? 'cross' : 'warning'} />
            <div className="grow">
              <p className="wrap-any">{reasonWords(breach.message, titles)}</p>
              <p className="small quiet wrap-any">{reasonWords(breach.next, titles)}</p>
              <p className="small map-places">
                <Spot title="Counted on in" places={breach.places} draft={draft} />
                <Spot title="Changed in" places={[breach.provider]} draft={draft} />
              </p>
            </div>
          </li>
        ))}
      </ol>
      {groups.length > shown.length && (
        <button type="button" className="link" onClick={() => setAll(true)}>
          {`Show the other ${groups.length - shown.length}`}
        </button>
      )}
    </>
  );
}

function Spot({ title, places, draft }: { title: string; places: Breach['provider'][]; draft?: string }) {
  const path = places[0]?.path ?? '';
  const lines = places.map((place) => String(place.line));
  return (
    <span className="wrap-any">
      <span className="quiet">{`${title} `}</span>
      <PlaceLink place={placeOfPath(path, draft)}>
        {`${promptId(path)}, ${lines.length === 1 ? 'line' : 'lines'} ${listed(lines)}`}
      </PlaceLink>
    </span>
  );
}

function Collisions({ list, titles }: { list: Collision[]; titles: Titles }) {
  return (
    <section className="banner owed" aria-labelledby="collides">
      <h2 id="collides">Somebody else is at the same prompts</h2>
      <ol className="map-findings">
        {list.map((one) => {
          const place = collisionPlace(one);
          return (
            <li key={`${one.kind} ${one.number}`}>
              <Icon name="warning" />
              <div className="grow">
                <p className="wrap-any">{reasonWords(one.message, titles)}</p>
                <p className="small quiet wrap-any">{reasonWords(one.next, titles)}</p>
                <p className="small map-places">
                  <Link to={place.to} params={{ number: String(one.number) }} className="link">
                    {place.words}
                  </Link>
                  <span className="quiet wrap-any">
                    {one.paths.slice(0, 3).map(promptId).join(', ')}
                    {one.count > 3 && ` and ${one.count - 3} more`}
                  </span>
                </p>
              </div>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
