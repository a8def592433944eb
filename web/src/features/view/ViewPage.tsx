import { useQuery } from '@tanstack/react-query';
import { Navigate, useParams } from '@tanstack/react-router';
import { viewQuery } from '@/api/upkeep-queries';
import { LinkButton } from '@/components/LinkButton';
import { Loaded } from '@/components/Loaded';
import { Page } from '@/components/Page';
import { placeOf } from '@/lib/views';

/** The address of a kept search leads to what it finds now. */
export function ViewPage() {
  const { id } = useParams({ from: '/shell/views/$id' });
  const view = useQuery({ ...viewQuery(Number(id)), retry: false });
  if (view.data) return <Navigate {...placeOf(view.data)} replace />;
  return (
    <Page
      title="View"
      trail={[{ title: 'Library', to: '/library' }, { title: 'View' }]}
      intent={view.error ? 'It may have been taken away, or its owner keeps it for themselves.' : undefined}
      actions={view.error && <LinkButton to="/library">All prompts</LinkButton>}
    >
      <Loaded query={view}>{() => null}</Loaded>
    </Page>
  );
}
