import type { Folder } from '@/api/types';

export type Branch = { path: string; name: string; files: number; children: Branch[] };

/** Makes a tree of flat folder paths; `files` counts everything below. */
export function folderTree(folders: Folder[]): Branch[] {
  const top: Branch = { path: '', name: '', files: 0, children: [] };
  for (const folder of folders) {
    let at = top;
    const parts = folder.path.split('/').filter(Boolean);
    parts.forEach((name, depth) => {
      let next = at.children.find((child) => child.name === name);
      if (!next) {
        next = { path: parts.slice(0, depth + 1).join('/'), name, files: 0, children: [] };
        at.children.push(next);
      }
      next.files += folder.files;
      at = next;
    });
  }
  const sort = (branch: Branch) => {
    branch.children.sort((a, b) => a.name.localeCompare(b.name));
    branch.children.forEach(sort);
  };
  sort(top);
  return top.children;
}
