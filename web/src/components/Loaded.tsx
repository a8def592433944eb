import { Button } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef } from 'react';
import { asProblem } from '@/api/client';
import type { Blocker } from '@/api/types';
import { plural } from '@/lib/format';
import { Icon } from './Icon';
import { Said } from './Said';

/** Shows an answer, its own shape while it is awaited, or what went wrong. */
export function Loaded<T>({
  query,
  shape,
  children,
}: {
  query: Pick<UseQueryResult<T>, 'data' | 'error' | 'isPending' | 'refetch'>;
  shape?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <ProblemNote error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <div aria-busy="true">
      <span className="visually-hidden">Loading</span>
      {shape ?? <Bones rows={4} />}
    </div>
  );
}

/** What happened, what is live now, what to do. */
export function ProblemNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = asProblem(error);
  const blockers = problem.blockers ?? [];
  const note = useRef<HTMLDivElement>(null);
  // In a long dialog it would stand below what is seen.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another error is to be seen as well
  useEffect(() => {
    // Not returned: newer browsers answer with a promise, which is no clean-up.
    note.current?.scrollIntoView?.({ block: 'nearest' });
  }, [error]);
  return (
    <div className="banner harm" role="alert" ref={note}>
      <div className="row nowrap" style={{ alignItems: 'flex-start' }}>
        <span style={{ color: 'var(--red)', paddingTop: 3 }}>
          <Icon name="warning" />
        </span>
        <div className="stack tight grow">
          {blockers.length > 1 ? (
            <Blockers blockers={blockers} />
          ) : (
            <>
              <strong className="wrap-any">
                <Said text={problem.detail} />
              </strong>
              {problem.hint && (
                <span className="quiet">
                  <Said text={problem.hint} />
                </span>
              )}
            </>
          )}
          {problem.incident && (
            <span className="quiet small">
              Incident <code>{problem.incident}</code>
            </span>
          )}
          {onRetry && (
            <div>
              <Button variant="default" size="xs" onClick={onRetry}>
                Try again
              </Button>
            </div>
          )}
        </div>
      </div>
    </div>
  );
}

/** Everything that is in the way, so that nobody mends one thing only to learn of the next. */
function Blockers({ blockers }: { blockers: Blocker[] }) {
  return (
    <>
      <strong>{`${plural(blockers.length, 'thing')} to settle first`}</strong>
      <ul className="stack tight" style={{ margin: 0, paddingLeft: 18 }}>
        {blockers.map((blocker) => (
          <li key={`${blocker.code} ${blocker.message}`} className="wrap-any">
            <Said text={blocker.message} />
            <span className="quiet" style={{ display: 'block' }}>
              <Said text={blocker.next} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Lines where a list or a text will stand. */
export function Bones({ rows, height = 20 }: { rows: number; height?: number }) {
  return (
    <div className="stack" aria-hidden="true">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="bone" style={{ height, width: `${92 - ((row * 17) % 40)}%` }} />
      ))}
    </div>
  );
}
