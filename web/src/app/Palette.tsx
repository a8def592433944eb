import { Modal, useMantineColorScheme } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useId, useState } from 'react';
import { findPromptsQuery } from '@/api/queries';
import { Icon } from '@/components/Icon';
import { useMay } from '@/components/session';
import { destinations } from './destinations';

type Option = { key: string; title: string; hint: string; run: () => void };

/** Finds prompts, pages and acts from the keyboard. */
export function Palette({
  opened,
  onClose,
  onKeys,
}: {
  opened: boolean;
  onClose: () => void;
  onKeys: () => void;
}) {
  return (
    <Modal.Root
      opened={opened}
      onClose={onClose}
      size="lg"
      yOffset="12vh"
      transitionProps={{ duration: 120 }}
    >
      <Modal.Overlay />
      <Modal.Content aria-label="Search or jump to">
        <Modal.Body p={0}>{opened && <Search onClose={onClose} onKeys={onKeys} />}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function Search({ onClose, onKeys }: { onClose: () => void; onKeys: () => void }) {
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  const options = useOptions(typed, onKeys);
  const chosen = Math.min(at, options.length - 1);
  const choose = (option: Option | undefined) => {
    if (!option) return;
    onClose();
    option.run();
  };
  useEffect(() => {
    document.getElementById(`${id}-${chosen}`)?.scrollIntoView({ block: 'nearest' });
  }, [id, chosen]);
  return (
    <div className="palette">
      <div className="palette-field">
        <Icon name="search" />
        <input
          role="combobox"
          aria-label="Search prompts, pages and acts"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={`${id}-${chosen}`}
          placeholder="Search prompts, pages and acts"
          value={typed}
          data-autofocus
          autoComplete="off"
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
            if (move) {
              event.preventDefault();
              setAt((chosen + move + options.length) % Math.max(1, options.length));
            }
            if (event.key === 'Enter') {
              event.preventDefault();
              choose(options[chosen]);
            }
          }}
        />
        <kbd>Esc</kbd>
      </div>
      <div role="listbox" id={`${id}-list`} aria-label="Found" className="palette-list">
        {options.map((option, index) => (
          <div
            key={option.key}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            className="palette-option"
            onMouseMove={() => setAt(index)}
            onClick={() => choose(option)}
            onKeyDown={() => undefined}
          >
            <span className="grow clip">{option.title}</span>
            <span className="small quiet clip">{option.hint}</span>
          </div>
        ))}
      </div>
      {options.length === 0 && <p className="quiet palette-none">Nothing found for “{typed}”.</p>}
    </div>
  );
}

function useOptions(typed: string, onKeys: () => void): Option[] {
  const navigate = useNavigate();
  const mayWrite = useMay('write-draft');
  const { setColorScheme, colorScheme } = useMantineColorScheme();
  const [q] = useDebouncedValue(typed.trim(), 120);
  const found = useQuery({ ...findPromptsQuery(q), enabled: q !== '' }).data?.items ?? [];
  const words = typed.trim().toLowerCase();
  const matches = (title: string) => title.toLowerCase().includes(words);
  const prompts: Option[] = (words === '' ? [] : found).map((prompt) => ({
    key: `prompt ${prompt.path}`,
    title: prompt.title,
    hint: prompt.id,
    run: () => void navigate({ to: '/prompts/$id', params: { id: prompt.id }, search: {} }),
  }));
  const pages: Option[] = destinations.map((place) => ({
    key: place.to,
    title: place.title,
    hint: place.keys,
    run: () => void navigate({ to: place.to }),
  }));
  const acts: Option[] = [
    ...(mayWrite
      ? [
          {
            key: 'new',
            title: 'New prompt',
            hint: 'act',
            run: () => void navigate({ to: '/new', search: {} }),
          },
        ]
      : []),
    {
      key: 'scheme',
      title: colorScheme === 'dark' ? 'Use the light page' : 'Use the dark page',
      hint: 'act',
      run: () => setColorScheme(colorScheme === 'dark' ? 'light' : 'dark'),
    },
    { key: 'keys', title: 'Show the keys', hint: '?', run: onKeys },
  ];
  const everywhere: Option[] =
    words === ''
      ? []
      : [
          {
            key: 'search',
            title: `Search for “${typed.trim()}”`,
            hint: 'in texts, too',
            run: () => void navigate({ to: '/search', search: { q: typed.trim() } }),
          },
        ];
  const others = [...pages, ...acts].filter((option) => matches(option.title));
  // A page that begins like that comes first; any other text goes to the search, prompts one key further.
  const begins = (option: Option) => option.title.toLowerCase().startsWith(words);
  return [...others.filter(begins), ...everywhere, ...prompts, ...others.filter((option) => !begins(option))];
}
