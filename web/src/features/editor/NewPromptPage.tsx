import { Button, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { foldersQuery } from '@/api/queries';
import { Page } from '@/components/Page';
import { useLibrary, useSession } from '@/components/session';
import { pathOf, template, tidyId } from '@/lib/dotprompt';
import { channelName } from '@/lib/words-shown';
import { type EditedText, EditorScreen } from './EditorScreen';

const withoutTop = (folder: string) => folder.replace(/^prompts\/?/, '');

/** A new prompt: where it stands and what it is called, then the editor with a template. */
export function NewPromptPage() {
  const search = useSearch({ from: '/shell/new' });
  const navigate = useNavigate();
  const session = useSession();
  const channels = useLibrary()?.channels ?? [];
  const folders = useQuery(foldersQuery).data ?? [];
  const [title, setTitle] = useState('');
  const [name, setName] = useState('');
  const [folder, setFolder] = useState(withoutTop(search.folder ?? ''));
  const [channel, setChannel] = useState<string | null>(null);
  const [text, setText] = useState<EditedText>();
  const id = tidyId([folder, name || title].filter(Boolean).join('/'));

  if (text) {
    return (
      <EditorScreen
        text={text}
        onSaved={(draft) =>
          void navigate({ to: '/prompts/$id', params: { id: text.id }, search: draft ? { draft } : {} })
        }
      />
    );
  }
  const places = folders
    .map(({ path }) => path)
    .filter((path) => path.startsWith('prompts/'))
    .map(withoutTop)
    .filter((path) => path !== '' && path !== 'partials');
  return (
    <Page
      title="New prompt"
      intent="Give it a name and a place; you can move it later."
      trail={[{ title: 'Library', to: '/library' }, { title: 'New prompt' }]}
    >
      <form
        className="stack new-prompt"
        onSubmit={(event) => {
          event.preventDefault();
          setText({
            id,
            path: pathOf(id),
            title,
            source: template(
              title,
              channel ?? channels.find((one) => id.startsWith(`${one}/`)) ?? '',
              session?.actor.email ?? '',
            ),
            draft: search.draft,
          });
        }}
      >
        <TextInput
          label="Title"
          placeholder="Welcome e-mail"
          required
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
          data-autofocus
        />
        <div className="two-fields">
          <Select
            label="Folder"
            placeholder="At the top"
            data={[...new Set([folder, ...places])].filter(Boolean)}
            value={folder || null}
            onChange={(value) => setFolder(value ?? '')}
            clearable
            searchable
          />
          <Select
            label="Channel"
            placeholder="Choose"
            data={channels.map((value) => ({ value, label: channelName(value) }))}
            value={channel}
            onChange={setChannel}
            clearable
          />
        </div>
        <TextInput
          label="Short name"
          description={id ? `Programs ask for it as ${id}` : 'Programs ask for the prompt by this name'}
          placeholder={tidyId(title) || 'welcome'}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <div>
          <Button type="submit" disabled={id === '' || title.trim() === ''}>
            Start writing
          </Button>
        </div>
      </form>
    </Page>
  );
}
