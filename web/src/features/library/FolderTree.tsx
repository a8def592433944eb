import { useState } from 'react';
import type { Folder } from '@/api/types';
import { Icon } from '@/components/Icon';
import { sentenceCase } from '@/lib/words-shown';
import { type Branch, folderTree } from './tree';

/** Folders as a nested list of buttons; the chosen one filters the list. */
export function FolderTree({
  folders,
  chosen,
  onChoose,
}: {
  folders: Folder[];
  chosen?: string;
  onChoose: (path: string | undefined) => void;
}) {
  const all = folderTree(folders);
  const prompts = all.find((branch) => branch.path === 'prompts');
  const top = prompts ? [...prompts.children, ...all.filter((branch) => branch !== prompts)] : all;
  return (
    <ul className="tree">
      <li>
        <button
          type="button"
          className="tree-name"
          aria-pressed={!chosen}
          onClick={() => onChoose(undefined)}
        >
          <span className="tree-turn" />
          All
        </button>
      </li>
      {top.map((branch) => (
        <Node key={branch.path} branch={branch} chosen={chosen} onChoose={onChoose} />
      ))}
    </ul>
  );
}

function Node({
  branch,
  chosen,
  onChoose,
}: {
  branch: Branch;
  chosen?: string;
  onChoose: (path: string | undefined) => void;
}) {
  const inside = chosen === branch.path || chosen?.startsWith(`${branch.path}/`);
  const [opened, setOpened] = useState(Boolean(inside));
  const parent = branch.children.length > 0;
  return (
    <li>
      <span className="tree-row">
        {parent ? (
          <button
            type="button"
            className="tree-turn"
            aria-expanded={opened}
            aria-label={`Folders in ${branch.name}`}
            onClick={() => setOpened(!opened)}
          >
            <Icon name={opened ? 'down' : 'right'} size={12} />
          </button>
        ) : (
          <span className="tree-turn" />
        )}
        <button
          type="button"
          className="tree-name"
          aria-pressed={chosen === branch.path}
          onClick={() => {
            onChoose(chosen === branch.path ? undefined : branch.path);
            setOpened(true);
          }}
        >
          <span className="grow clip">{sentenceCase(branch.name)}</span>
          <span className="tree-n">{branch.files}</span>
        </button>
      </span>
      {parent && opened && (
        <ul>
          {branch.children.map((child) => (
            <Node key={child.path} branch={child} chosen={chosen} onChoose={onChoose} />
          ))}
        </ul>
      )}
    </li>
  );
}
