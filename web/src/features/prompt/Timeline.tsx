import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { versionsQuery } from '@/api/queries';
import type { Live, Version } from '@/api/types';

const SHOWN = 7;

/** The newest versions on a line, each leading to what it changed. */
export function Timeline({ id, live }: { id: string; live: Live[] }) {
  const versions = useInfiniteQuery(versionsQuery(id)).data?.pages[0]?.items ?? [];
  if (versions.length < 2) return null;
  const shown = versions.slice(0, SHOWN).reverse();
  const liveVersion = live[0]?.version;
  return (
    <nav aria-label="Versions in time" className="timeline">
      <ol>
        {shown.map((version) => (
          <li
            key={version.version}
            className={
              version.outcome?.state === 'rolled-back'
                ? 'harm'
                : version.version === liveVersion
                  ? 'live'
                  : ''
            }
          >
            <Link
              to="/prompts/$id/compare"
              params={{ id }}
              search={version.version > 1 ? { from: version.version - 1, to: version.version } : {}}
              title={version.subject}
            >
              <span className="timeline-dot" />
              <span className="timeline-name">{`v${version.version} ${wordsFor(version, liveVersion)}`}</span>
              <span className="timeline-subject">{version.subject}</span>
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}

function wordsFor(version: Version, live: number | undefined): string {
  if (version.version === live) return 'live';
  if (version.outcome?.state === 'rolled-back') return 'taken back';
  return version.outcome?.state === 'running' ? 'being tried' : '';
}
