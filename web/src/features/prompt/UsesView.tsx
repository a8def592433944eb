import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { partialsQuery, promptsQuery } from '@/api/queries';
import type { Prompt } from '@/api/types';
import { Loaded } from '@/components/Loaded';
import { Empty } from '@/components/Page';

/** The shared parts a prompt includes; for a shared part, what includes it. */
export function UsesView({ prompt }: { prompt: Prompt }) {
  return prompt.kind === 'partial' ? <UsedIn id={prompt.id} /> : <Includes names={prompt.partials} />;
}

function Includes({ names }: { names: string[] }) {
  const partials = useQuery(partialsQuery).data?.items ?? [];
  if (names.length === 0) {
    return (
      <Empty title="No shared parts">
        Texts that several prompts have in common, such as a brand voice or a legal footer, can be written
        once and included.
      </Empty>
    );
  }
  return (
    <ul className="tile flush list">
      {names.map((name) => {
        const bare = name.split('/').at(-1)?.replace(/^_/, '');
        const found = partials.find(
          (partial) => partial.id === name || partial.id.split('/').at(-1)?.replace(/^_/, '') === bare,
        );
        return (
          <li key={name} className="list-row">
            {found ? (
              <Link to="/prompts/$id" params={{ id: found.id }} search={{}} className="link grow">
                {found.title || name}
              </Link>
            ) : (
              <span className="grow">{name}</span>
            )}
            <span className="small quiet">
              {found ? `Version ${found.version}` : 'not found in the library'}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function UsedIn({ id }: { id: string }) {
  const found = useInfiniteQuery(promptsQuery({ includes: id, limit: 100 }));
  return (
    <Loaded query={found}>
      {(data) => {
        const rows = data.pages.flatMap((page) => page.items);
        if (rows.length === 0)
          return (
            <Empty title="Nothing includes this part yet">Prompts that include it will stand here.</Empty>
          );
        return (
          <ul className="tile flush list">
            {rows.map((row) => (
              <li key={row.path}>
                <Link to="/prompts/$id" params={{ id: row.id }} search={{}} className="list-row">
                  <span className="grow">{row.title}</span>
                  <span className="small quiet">{row.id}</span>
                </Link>
              </li>
            ))}
          </ul>
        );
      }}
    </Loaded>
  );
}
