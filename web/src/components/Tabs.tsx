import { useRef } from 'react';

export type Tab<K extends string> = { key: K; title: string; n?: number };

/** Tabs with arrow keys; the panel is the element with the id `panel`. */
export function Tabs<K extends string>({
  tabs,
  chosen,
  onChoose,
  label,
}: {
  tabs: Tab<K>[];
  chosen: K;
  onChoose: (key: K) => void;
  label: string;
}) {
  const list = useRef<HTMLDivElement>(null);
  const step = (by: number) => {
    const at = tabs.findIndex((tab) => tab.key === chosen);
    const index = (at + by + tabs.length) % tabs.length;
    const next = tabs[index];
    if (!next) return;
    onChoose(next.key);
    list.current?.querySelectorAll('button')[index]?.focus();
  };
  return (
    <div
      className="tabs"
      role="tablist"
      aria-label={label}
      ref={list}
      onKeyDown={(event) => {
        if (event.key === 'ArrowRight') step(1);
        if (event.key === 'ArrowLeft') step(-1);
      }}
    >
      {tabs.map((tab) => (
        <button
          key={tab.key}
          type="button"
          role="tab"
          id={`tab-${tab.key}`}
          aria-selected={tab.key === chosen}
          aria-controls="panel"
          tabIndex={tab.key === chosen ? 0 : -1}
          onClick={() => onChoose(tab.key)}
        >
          {tab.title}
          {tab.n !== undefined && <span className="n">{tab.n}</span>}
        </button>
      ))}
    </div>
  );
}

export function TabPanel({ of, children }: { of: string; children: React.ReactNode }) {
  return (
    <div role="tabpanel" id="panel" aria-labelledby={`tab-${of}`}>
      {children}
    </div>
  );
}
