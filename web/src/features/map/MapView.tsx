import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Impact, ImpactNode } from '@/api/types';
import { LazyGraph } from '@/components/graph/LazyGraph';
import type { IconName } from '@/components/Icon';
import { Pill, type Tone } from '@/components/Pill';
import { PlaceLink, useGo } from '@/components/PlaceLink';
import { plural } from '@/lib/format';
import {
  bounded,
  howWords,
  isFile,
  kindOne,
  linkWords,
  nodeTitle,
  outwards,
  placeOf,
  type Link as Step,
  spine,
  wayTo,
} from '@/lib/impact';

const AT_FIRST = 40;

const icons: Record<string, IconName> = {
  workflow: 'right',
  suite: 'check',
  owner: 'person',
  environment: 'dot',
  rollout: 'play',
  kpi: 'up',
  category: 'folder',
};

/** The drawing: what changes on the left, what it reaches to the right of it. */
export function MapView({
  impact,
  kinds,
  draft,
  onTable,
}: {
  impact: Impact;
  kinds: string[];
  draft?: string;
  onTable: () => void;
}) {
  const [limit, setLimit] = useState(AT_FIRST);
  const [picked, setPicked] = useState<string>();
  const go = useGo();
  const wanted = kinds.join(',');
  const graph = useMemo(
    () => bounded(impact.graph, wanted ? new Set(wanted.split(',')) : undefined, limit),
    [impact.graph, wanted, limit],
  );
  const links = useMemo(() => outwards(graph), [graph]);
  const tree = useMemo(() => spine(graph), [graph]);
  const chosen = graph.nodes.find((node) => node.id === picked);
  const broken = brokenPaths(impact);
  const spines = new Set([...tree.values()].map((link) => link.id));
  const touching = chosen ? links.filter((link) => link.near === chosen.id || link.far === chosen.id) : [];
  const way = chosen ? wayTo(chosen.id, tree) : [];
  const drawn = links.filter((link) => spines.has(link.id) || touching.includes(link));
  const ends = [...way, ...touching];
  const undrawn = impact.graph.left_out > 0 && graph.left_out <= impact.graph.left_out;
  return (
    <div className="map">
      <div className="stack tight">
        <LazyGraph
          label="Map of what is reached. Arrow keys go from one to the next, Enter opens. The same stands in the table."
          flow="right"
          boxes={graph.nodes.map((node) => boxOf(node, broken.get(node.id)))}
          lines={drawn.map((link) => ({
            id: link.id,
            from: link.near,
            to: link.far,
            extra: !spines.has(link.id),
          }))}
          chosen={chosen?.id}
          onChoose={setPicked}
          onOpen={(id) => go(nodePlace(graph.nodes, id, draft))}
          lit={
            chosen && {
              boxes: new Set([chosen.id, ...ends.flatMap((link) => [link.near, link.far])]),
              lines: new Set(ends.map((link) => link.id)),
            }
          }
        />
        <div className="row small quiet">
          {graph.left_out > 0 ? (
            <>
              <span>{`${graph.nodes.length} are drawn, ${graph.left_out} are not.`}</span>
              {undrawn ? (
                <button type="button" className="link" onClick={onTable}>
                  See all in the table
                </button>
              ) : (
                <Button size="compact-sm" variant="default" onClick={() => setLimit(limit + AT_FIRST)}>
                  Show more
                </Button>
              )}
            </>
          ) : (
            <span>{`All ${graph.nodes.length} are drawn.`}</span>
          )}
          {links.length > spines.size && (
            <span>One way to each is drawn; choose one to see all its links.</span>
          )}
        </div>
      </div>
      <Chosen node={chosen} way={way} nodes={graph.nodes} touching={touching} draft={draft} />
    </div>
  );
}

const nodePlace = (nodes: ImpactNode[], id: string, draft?: string) => {
  const node = nodes.find((one) => one.id === id);
  return node && placeOf(node, draft);
};

/** How many broken contracts each file counts on. */
function brokenPaths(impact: Impact): Map<string, number> {
  const broken = new Map<string, number>();
  for (const breach of impact.breaches)
    if (breach.severity === 'error')
      broken.set(breach.dependant.path, (broken.get(breach.dependant.path) ?? 0) + 1);
  return broken;
}

function boxOf(node: ImpactNode, breaks = 0) {
  const tone: Tone = breaks > 0 ? 'red' : node.how === 'changed' ? 'blue' : 'plain';
  return {
    id: node.id,
    title: nodeTitle(node),
    kind: kindOne(node.kind),
    icon: breaks > 0 ? ('warning' as const) : node.how === 'changed' ? ('edit' as const) : icons[node.kind],
    tone,
    mark: breaks > 0 ? `${breaks} broken` : node.how === 'changed' ? 'changes' : undefined,
  };
}

/** What is known of the chosen thing: what it is, the way why, and where to read it. */
function Chosen({
  node,
  way,
  nodes,
  touching,
  draft,
}: {
  node?: ImpactNode;
  way: Step[];
  nodes: ImpactNode[];
  touching: Step[];
  draft?: string;
}) {
  const names = new Map(nodes.map((one) => [one.id, nodeTitle(one)]));
  const title = (id: string) => names.get(id) ?? id;
  if (!node)
    return (
      <aside className="map-chosen" aria-label="What is chosen">
        <p className="quiet">
          Choose something to see why it is reached. Arrow keys go from one to the next, <kbd>Enter</kbd>{' '}
          opens.
        </p>
      </aside>
    );
  const place = placeOf(node, draft);
  const others = touching.filter((link) => !way.includes(link));
  return (
    <aside className="map-chosen stack tight" aria-label="What is chosen" aria-live="polite">
      <span className="label">{kindOne(node.kind)}</span>
      <h2 className="wrap-any">{nodeTitle(node)}</h2>
      <div className="row">
        <Pill
          tone={node.how === 'changed' ? 'blue' : 'plain'}
          icon={node.how === 'changed' ? 'edit' : 'right'}
        >
          {howWords[node.how] ?? node.how}
        </Pill>
      </div>
      {way.length > 0 && (
        <>
          <h3 className="label">Why</h3>
          <ol className="map-way">
            {way.map((link) => (
              <li key={link.id} className="wrap-any">{`${linkWords(link, title)}.`}</li>
            ))}
          </ol>
        </>
      )}
      {others.length > 0 && (
        <details>
          <summary>{plural(others.length, 'more link')}</summary>
          <ul className="map-way">
            {others.slice(0, 30).map((link) => (
              <li key={link.id} className="wrap-any">{`${linkWords(link, title)}.`}</li>
            ))}
            {others.length > 30 && <li className="quiet">{`and ${others.length - 30} more`}</li>}
          </ul>
        </details>
      )}
      <div className="row">
        {place && <PlaceLink place={place}>Open</PlaceLink>}
        {isFile(node.id) && node.how !== 'changed' && !node.hidden && (
          <Link to="/map" search={{ prompt: node.id }} className="link">
            What it reaches itself
          </Link>
        )}
      </div>
    </aside>
  );
}
