import { Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { draftsQuery, findPromptsQuery, partialsQuery } from '@/api/queries';
import { ActButton } from '@/components/ActButton';
import { Icon } from '@/components/Icon';
import { Page } from '@/components/Page';
import { plural } from '@/lib/format';
import { draftShown } from '@/lib/standing';

/** Nothing asked of yet: what a map shows, and choosing what to look at. */
export function Choose() {
  const navigate = useNavigate();
  const drafts = (useQuery(draftsQuery).data ?? []).filter(
    (draft) => draft.status === 'open' && draft.ahead > 0,
  );
  const partials = useQuery(partialsQuery).data?.items ?? [];
  const [typed, setTyped] = useState('');
  const [draft, setDraft] = useState<string | null>(null);
  const [q] = useDebouncedValue(typed.trim(), 150);
  const found = useQuery({ ...findPromptsQuery(q), enabled: q !== '' }).data?.items ?? [];
  const list = q === '' ? partials.slice(0, 8) : found;
  const chosen = draft ?? drafts[0]?.name;
  return (
    <Page
      title="Map"
      intent="Before anything changes, see what it reaches: prompts, workflows, test sets, where it is live, and whose numbers it moves. Choose what to look at."
      trail={[{ title: 'Map' }]}
      actions={
        chosen && (
          <ActButton onClick={() => void navigate({ to: '/map', search: { draft: chosen } })}>
            Show what this draft reaches
          </ActButton>
        )
      }
    >
      <div className="split-side">
        <section className="stack tight" aria-labelledby="by-prompt">
          <h2 id="by-prompt" className="label">
            A prompt or a shared part
          </h2>
          <TextInput
            aria-label="Find a prompt"
            placeholder="Find a prompt by its words"
            leftSection={<Icon name="search" size={14} />}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          {list.length > 0 && (
            <ul className="tile flush list" aria-label={q === '' ? 'Shared parts' : 'Found'}>
              {list.map((row) => (
                <li key={row.path}>
                  <Link to="/map" search={{ prompt: row.path }} className="list-row">
                    <span className="grow">{row.title || row.id}</span>
                    <span className="small quiet wrap-any">{row.id}</span>
                  </Link>
                </li>
              ))}
            </ul>
          )}
          {q !== '' && found.length === 0 && <p className="quiet">{`Nothing found for “${q}”.`}</p>}
          {q === '' && list.length > 0 && (
            <p className="small quiet">Shared parts reach most, so they stand here before you type.</p>
          )}
        </section>
        <section className="stack tight" aria-labelledby="by-draft">
          <h2 id="by-draft" className="label">
            A draft
          </h2>
          {drafts.length === 0 ? (
            <p className="quiet small">No draft changes anything at the moment.</p>
          ) : (
            <>
              <Select
                aria-label="Draft"
                data={drafts.map((one) => ({ value: one.name, label: draftShown(one) }))}
                value={chosen ?? null}
                allowDeselect={false}
                onChange={setDraft}
              />
              <p className="small quiet">{`${plural(drafts.length, 'open draft')} with something not published yet.`}</p>
            </>
          )}
        </section>
      </div>
    </Page>
  );
}
