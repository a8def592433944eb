import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { impactQuery } from '@/api/queries';
import type { AskImpact, ImpactGraph, ImpactRow } from '@/api/types';
import { Bones, Loaded } from '@/components/Loaded';
import { PlaceLink } from '@/components/PlaceLink';
import { kindOne, nodeTitle, placeOf, reasonWords, titlesOf } from '@/lib/impact';

/** The same as the drawing, as a table: each thing with the way why. */
export function MapTable({ of, kinds, graph }: { of: AskImpact; kinds: string[]; graph: ImpactGraph }) {
  const found = useInfiniteQuery(impactQuery(kinds.length > 0 ? { ...of, kind: kinds.join(',') } : of));
  return (
    <Loaded
      query={found}
      shape={
        <div className="tile">
          <Bones rows={8} height={28} />
        </div>
      }
    >
      {(data) => {
        const rows = data.pages.flatMap((page) => page.items);
        const titles = titlesOf([...graph.nodes, ...rows]);
        return (
          <div className="tile flush">
            <table className="plain map-table">
              <caption className="visually-hidden">Everything that is reached, and why</caption>
              <thead>
                <tr>
                  <th scope="col">What</th>
                  <th scope="col">Kind</th>
                  <th scope="col">Why</th>
                  <th scope="col" className="num">
                    Steps away
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <Row key={row.id} row={row} titles={titles} draft={of.draft} />
                ))}
              </tbody>
            </table>
            {found.hasNextPage && (
              <div className="row map-more">
                <Button
                  variant="default"
                  size="sm"
                  loading={found.isFetchingNextPage}
                  onClick={() => void found.fetchNextPage()}
                >
                  Show more
                </Button>
                <span className="small quiet">{`${rows.length} so far`}</span>
              </div>
            )}
          </div>
        );
      }}
    </Loaded>
  );
}

function Row({
  row,
  titles,
  draft,
}: {
  row: ImpactRow;
  titles: ReadonlyMap<string, string>;
  draft?: string;
}) {
  // Two things of different kinds may have one name, such as `all`; here it is this one.
  const own = new Map([...titles, ...titlesOf([row])]);
  return (
    <tr>
      <th scope="row" className="wrap-any">
        <PlaceLink place={placeOf(row, draft)}>{nodeTitle(row)}</PlaceLink>
      </th>
      <td>{kindOne(row.kind)}</td>
      <td className="wrap-any map-why">{reasonWords(row.reason, own)}</td>
      <td className="num">{row.layer === 0 ? 'itself' : row.layer}</td>
    </tr>
  );
}
