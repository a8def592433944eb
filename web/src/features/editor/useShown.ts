import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { checkWorkflow, preview } from '@/api/operations';
import { sampleValues, type Values } from '@/lib/samples';
import { isWorkflow } from '@/lib/workflow';
import type { EditedText } from './EditorScreen';

/** What comes out of a prompt while it is typed, and what is wrong with it. */
export function usePreview(
  text: EditedText,
  source: string,
  { person, typed }: { person: string; typed: Values },
) {
  const before = useQuery({
    queryKey: ['preview', text.path, text.draft, source, 'bare'],
    queryFn: ({ signal }) =>
      preview({ path: text.path, source, draft: text.draft, variables: {} }, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
    enabled: !isWorkflow(text.path),
  });
  const variables = { ...sampleValues(before.data?.variables ?? [], Number(person)), ...typed };
  const filled = useQuery({
    queryKey: ['preview', text.path, text.draft, source, variables],
    queryFn: ({ signal }) => preview({ path: text.path, source, draft: text.draft, variables }, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
    enabled: before.data !== undefined && Object.keys(variables).length > 0,
  });
  return { data: filled.data ?? before.data, error: before.error ?? filled.error };
}

/** How a workflow looks while it is typed, and what does not fit. */
export function useWorkflow(text: EditedText, source: string) {
  return useQuery({
    queryKey: ['check-workflow', text.path, text.draft, source],
    queryFn: ({ signal }) => checkWorkflow({ path: text.path, source, draft: text.draft }, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
    enabled: isWorkflow(text.path),
  });
}
