import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { versionsQuery } from '@/api/queries';
import type { Live, Version } from '@/api/types';
import { measuredIn, outcomeTone } from '@/lib/outcome';

const SHOWN = 8;

/** The versions that tell the story, on a line: live, measured, and the newest; each leads to what it changed. */
export function Timeline({ id, live }: { id: string; live: Live[] }) {
  const versions = useInfiniteQuery(versionsQuery(id)).data?.pages[0]?.items ?? [];
  if (versions.length < 2) return null;
  const liveVersion = live[0]?.version;
  return (
    <nav aria-label="Versions in time" className="timeline">
      <ol>
        {telling(versions, liveVersion).map((version) => (
          <li key={version.version} className={classOf(version, liveVersion)}>
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

/** Oldest first. What is live or was measured goes before what is only new. */
function telling(versions: Version[], live: number | undefined): Version[] {
  const counts = (version: Version) => version.version === live || version.outcome != null;
  const [newest, ...older] = versions;
  const kept = [...older].sort((a, b) => Number(counts(b)) - Number(counts(a)) || b.version - a.version);
  return (newest ? [newest, ...kept.slice(0, SHOWN - 1)] : []).sort((a, b) => a.version - b.version);
}

function classOf(version: Version, live: number | undefined): string {
  if (version.version === live) return 'live';
  return outcomeTone(version.outcome) || (version.on_main ? '' : 'draft');
}

function wordsFor(version: Version, live: number | undefined): string {
  const { outcome } = version;
  if (version.version === live) return 'live';
  if (outcome?.state === 'rolled-back') return 'taken back';
  if (outcome?.state === 'running') return 'being tried';
  if (!version.on_main) return 'on a draft';
  return outcomeTone(outcome) === 'good' ? (measuredIn(outcome?.sentence ?? '')?.move ?? '') : '';
}
