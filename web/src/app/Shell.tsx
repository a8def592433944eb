import { Drawer } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { keysFor, listen, type StreamState } from '@/api/news';
import { Icon } from '@/components/Icon';
import { useKeys } from '@/components/keys';
import { StopBanner } from '@/components/StopBanner';
import { destinations } from './destinations';
import { KeySheet } from './KeySheet';
import { Navigation } from './Navigation';
import { Palette } from './Palette';
import './shell.css';

/** The frame of every page: navigation, palette, keys, news. */
export function Shell() {
  const [palette, setPalette] = useState(false);
  const [sheet, setSheet] = useState(false);
  const [menu, setMenu] = useState(false);
  const stream = useNews();
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  useFocusOnNewPage(path);
  useEffect(() => {
    if (path) setMenu(false);
  }, [path]);

  useKeys(
    {
      'mod+k': () => setPalette(true),
      '?': () => setSheet(true),
      '/': () => setPalette(true),
      ...Object.fromEntries(destinations.map((place) => [place.keys, () => void navigate({ to: place.to })])),
    },
    { everywhere: true },
  );

  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <aside className="shell-nav">
        <Navigation />
      </aside>
      <header className="shell-bar">
        <button
          type="button"
          className="icon-button"
          aria-label="Open the navigation"
          onClick={() => setMenu(true)}
        >
          <Icon name="menu" size={20} />
        </button>
        <span className="brand">
          Variorum<i>.</i>
        </span>
        <button
          type="button"
          className="icon-button"
          aria-label="Search or jump to"
          onClick={() => setPalette(true)}
        >
          <Icon name="search" size={18} />
        </button>
      </header>
      <main id="main" className="shell-main" tabIndex={-1}>
        <button type="button" className="search-button" onClick={() => setPalette(true)}>
          <span>Search or jump to…</span>
          <span aria-hidden="true">{/Mac|iPhone/.test(navigator.userAgent) ? '⌘K' : 'Ctrl K'}</span>
        </button>
        <StopBanner />
        <Outlet />
      </main>
      {stream === 'reconnecting' && (
        <div className="reconnecting" role="status">
          <Icon name="clock" size={14} /> Reconnecting. Numbers may be a little old.
        </div>
      )}
      <Drawer opened={menu} onClose={() => setMenu(false)} size={260} title="Variorum">
        <Navigation inDrawer />
      </Drawer>
      <Palette opened={palette} onClose={() => setPalette(false)} onKeys={() => setSheet(true)} />
      <KeySheet opened={sheet} onClose={() => setSheet(false)} />
    </div>
  );
}

/** Listens to the server's news and asks again for what they make out of date, at most every 250 ms. */
function useNews(): StreamState {
  const cache = useQueryClient();
  const [state, setState] = useState<StreamState>('connected');
  useEffect(() => {
    const waiting = new Map<string, readonly unknown[]>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      timer = undefined;
      for (const queryKey of waiting.values()) void cache.invalidateQueries({ queryKey });
      waiting.clear();
    };
    const stop = listen({
      onNews: (news) => {
        for (const key of keysFor(news)) waiting.set(JSON.stringify(key), key);
        timer ??= setTimeout(flush, 250);
      },
      onState: setState,
      onGap: () => void cache.invalidateQueries(),
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [cache]);
  return state;
}

/** Puts the focus on the new page's title, so that a reader begins there; not on the first page. */
function useFocusOnNewPage(path: string) {
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    // The new page may still be on its way, and a closing dialog gives the focus back first.
    const timer = setTimeout(() => {
      const active = document.activeElement;
      if (active instanceof HTMLElement && (active.isContentEditable || active.matches('input, textarea')))
        return;
      const title = document.querySelector<HTMLElement>('main h1');
      (title ?? document.getElementById('main'))?.focus({ preventScroll: true });
    }, 200);
    return () => clearTimeout(timer);
  }, [path]);
}
