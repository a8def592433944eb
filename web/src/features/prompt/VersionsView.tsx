import { Button, Checkbox } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { versionsQuery } from '@/api/queries';
import type { Version } from '@/api/types';
import { Bones, Loaded } from '@/components/Loaded';
import { Pill } from '@/components/Pill';
import { RecordRead } from '@/components/RecordFields';
import { Said } from '@/components/Said';
import { SignedPill } from '@/components/SignedPill';
import { TechnicalDetails } from '@/components/TechnicalDetails';
import { ago, personName } from '@/lib/format';
import { signedRows } from '@/lib/signed';
import { outcomeLook } from './MeasuredStrip';

/** Every version with its record; two of them can be compared. */
export function VersionsView({ id }: { id: string }) {
  const versions = useInfiniteQuery(versionsQuery(id));
  const [picked, setPicked] = useState<number[]>([]);
  const navigate = useNavigate();
  const list = versions.data?.pages.flatMap((page) => page.items) ?? [];
  const pick = (version: number) =>
    setPicked((now) =>
      now.includes(version) ? now.filter((other) => other !== version) : [...now.slice(-1), version],
    );
  const [from, to] = [...picked].sort((a, b) => a - b);
  return (
    <Loaded query={versions} shape={<Bones rows={6} height={34} />}>
      {() => (
        <div className="stack">
          <div className="row">
            <Button
              variant="default"
              disabled={picked.length !== 2}
              onClick={() =>
                void navigate({ to: '/prompts/$id/compare', params: { id }, search: { from, to } })
              }
            >
              {picked.length === 2 ? `Compare Version ${from} and ${to}` : 'Compare two versions'}
            </Button>
            <span className="small quiet">Tick two of them.</span>
          </div>
          <ol className="tile flush list">
            {list.map((version) => (
              <VersionRow
                key={version.version}
                id={id}
                version={version}
                picked={picked.includes(version.version)}
                onPick={() => pick(version.version)}
              />
            ))}
          </ol>
          {versions.hasNextPage && (
            <Button
              variant="default"
              loading={versions.isFetchingNextPage}
              onClick={() => void versions.fetchNextPage()}
              style={{ alignSelf: 'start' }}
            >
              Older versions
            </Button>
          )}
        </div>
      )}
    </Loaded>
  );
}

function VersionRow({
  id,
  version,
  picked,
  onPick,
}: {
  id: string;
  version: Version;
  picked: boolean;
  onPick: () => void;
}) {
  const live = version.live.map((place) => place.environment).join(', ');
  return (
    <li className="version-row">
      <Checkbox
        checked={picked}
        onChange={onPick}
        aria-label={`Choose Version ${version.version} to compare`}
      />
      <div className="grow stack tight">
        <div className="between" style={{ alignItems: 'baseline' }}>
          <Link
            to="/prompts/$id"
            params={{ id }}
            search={{ version: version.version }}
            className="version-subject"
          >
            <strong>{`Version ${version.version}`}</strong> <span className="serif">{version.subject}</span>
          </Link>
          <span className="small quiet">{`${personName(version.author)}, ${ago(version.at)}`}</span>
        </div>
        {version.body && (
          <p className="quiet small" style={{ whiteSpace: 'pre-line' }}>
            {version.body}
          </p>
        )}
        <RecordRead record={version.record} />
        <div className="row">
          {live && <Pill tone="green" icon="dot">{`Live in ${live}`}</Pill>}
          {!version.on_main && (
            <Pill tone="amber" icon="edit">
              On a draft
            </Pill>
          )}
          {version.outcome && (
            <Link
              to="/live/$number"
              params={{ number: String(version.outcome.rollout) }}
              className="outcome-link"
            >
              <Pill {...outcomeLook(version.outcome)}>
                <Said text={version.outcome.sentence} />
              </Pill>
            </Link>
          )}
          <SignedPill provenance={version.provenance} />
          <TechnicalDetails
            rows={[['Version id (commit)', version.commit], ...signedRows(version.provenance)]}
          />
        </div>
      </div>
    </li>
  );
}
