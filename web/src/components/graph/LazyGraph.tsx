import { lazy, Suspense } from 'react';
import { Bones } from '../Loaded';
import type Graph from './Graph';

const Drawn = lazy(() => import('./Graph'));

/** The drawing, fetched only where one is looked at. */
export function LazyGraph(props: React.ComponentProps<typeof Graph>) {
  return (
    <Suspense
      fallback={
        <div className="tile" aria-busy="true">
          <span className="visually-hidden">Loading</span>
          <Bones rows={8} height={40} />
        </div>
      }
    >
      <Drawn {...props} />
    </Suspense>
  );
}
