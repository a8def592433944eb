import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { promptQuery } from '@/api/queries';
import { Bones, Loaded } from '@/components/Loaded';
import { Page } from '@/components/Page';
import { workflowName } from '@/lib/impact';
import { isWorkflow } from '@/lib/workflow';
import { EditorScreen } from './EditorScreen';

/** Editing a prompt that exists. */
export function EditorPage() {
  const { id } = useParams({ from: '/shell/prompts/$id/edit' });
  const { draft } = useSearch({ from: '/shell/prompts/$id/edit' });
  const navigate = useNavigate();
  // The text being edited must not change under the hands; a save elsewhere shows up as a conflict instead.
  const prompt = useQuery({
    ...promptQuery(id, { draft }),
    queryKey: ['editing', id, draft ?? ''],
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  return (
    <Loaded
      query={prompt}
      shape={
        <Page title="Edit">
          <div className="tile">
            <Bones rows={12} />
          </div>
        </Page>
      }
    >
      {(data) => (
        <EditorScreen
          key={data.path}
          text={{
            id: data.id,
            path: data.path,
            title: data.title || data.id,
            source: data.source,
            base: data.base,
            version: data.version,
            draft,
          }}
          onSaved={(savedDraft) =>
            void (isWorkflow(data.path)
              ? navigate({
                  to: '/workflows/$id',
                  params: { id: workflowName(data.path) },
                  search: savedDraft ? { draft: savedDraft } : {},
                })
              : navigate({
                  to: '/prompts/$id',
                  params: { id: data.id },
                  search: savedDraft ? { draft: savedDraft } : {},
                }))
          }
        />
      )}
    </Loaded>
  );
}
