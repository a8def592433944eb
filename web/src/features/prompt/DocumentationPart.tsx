import { Link } from '@tanstack/react-router';
import type { Prompt } from '@/api/types';
import { Missing } from '@/components/Documentation';
import { LinkButton } from '@/components/LinkButton';
import { useMay } from '@/components/session';

/** How well the prompt says what it is, and what is missing, with the way to mend it. */
export function DocumentationPart({ prompt, draft }: { prompt: Prompt; draft?: string }) {
  const mayWrite = useMay('write-draft');
  const said = prompt.documentation;
  if (!said) return null;
  return (
    <section aria-labelledby="documentation" className="stack">
      <h2 id="documentation" className="label">
        Documentation
      </h2>
      <Missing said={said} />
      <div className="row">
        {mayWrite && said.missing.length > 0 && (
          <LinkButton
            to="/prompts/$id/edit"
            params={{ id: prompt.id }}
            search={draft ? { draft } : {}}
            variant="default"
            size="xs"
          >
            Complete it in the editor
          </LinkButton>
        )}
        {!draft && (
          <Link to="/catalogue/$id" params={{ id: prompt.id }} className="link small">
            Its entry in the catalogue
          </Link>
        )}
      </div>
    </section>
  );
}
