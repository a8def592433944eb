import { Button, Checkbox, Radio, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { promptQuery } from '@/api/queries';
import type { DuplicateGroup, PromptSummary } from '@/api/types';
import { duplicatesQuery } from '@/api/upkeep-queries';
import { BulkDialog } from '@/components/bulk/BulkDialog';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty } from '@/components/Page';
import { Pill } from '@/components/Pill';
import { useMay } from '@/components/session';
import { WordDiff } from '@/components/WordDiff';
import { ago, moment, personName, plural } from '@/lib/format';
import { compareWords } from '@/lib/words';
import { sentenceCase } from '@/lib/words-shown';

const degrees = [
  { value: '100', label: 'Copies only' },
  { value: '90', label: '90 % alike or more' },
  { value: '80', label: '80 % alike or more' },
  { value: '60', label: '60 % alike or more' },
];

/** Groups of texts that are alike: what differs, which one to keep. */
export function DuplicatesView({
  percent,
  onPercent,
}: {
  percent: number;
  onPercent: (percent: number) => void;
}) {
  const old = useQuery(duplicatesQuery(percent, true));
  const fresh = useQuery({
    ...duplicatesQuery(percent, false),
    enabled: old.data !== undefined && !old.data.is_current,
  });
  const found = fresh.data && !old.data?.is_current ? fresh : old;
  const comparing = old.isPending || fresh.isFetching;
  return (
    <div className="stack loose">
      <div className="row">
        <Select
          aria-label="How much alike"
          data={degrees}
          value={String(percent)}
          onChange={(value) => value && onPercent(Number(value))}
          allowDeselect={false}
        />
        {comparing && (
          <span className="small quiet" role="status">
            Comparing every text with every other…
          </span>
        )}
        {found.data && <span className="small quiet">{foundWords(found.data)}</span>}
      </div>
      <Loaded
        query={found}
        shape={
          <div className="tile">
            <Bones rows={6} height={26} />
          </div>
        }
      >
        {(data) =>
          data.items.length === 0 ? (
            <Empty title="No two texts are that much alike">
              Copies and near copies will stand here, with what differs and which one is live.
            </Empty>
          ) : (
            data.items.map((group) => (
              <Group key={group.files.map((file) => file.path).join(' ')} group={group} />
            ))
          )
        }
      </Loaded>
    </div>
  );
}

const foundWords = (data: { items: DuplicateGroup[]; compared_at?: string }) =>
  `${plural(data.items.length, 'group')}${data.compared_at ? `, as compared ${moment(data.compared_at)}` : ''}.`;

/** Kept unless somebody chooses another: what is live, then what has changed most. */
const better = (a: PromptSummary, b: PromptSummary) =>
  b.live.length - a.live.length || b.version - a.version || a.path.localeCompare(b.path);

function Group({ group }: { group: DuplicateGroup }) {
  const mayWrite = useMay('write-draft');
  const files = [...group.files].sort(better);
  const [kept, setKept] = useState(files[0]?.path);
  // What customers get is retired only where somebody says so.
  const [left, setLeft] = useState(() =>
    files.filter((file) => file.live.length > 0).map((file) => file.path),
  );
  const [open, setOpen] = useState(false);
  const keep = files.find((file) => file.path === kept) ?? files[0];
  if (!keep) return null;
  const retired = files.filter((file) => file !== keep && !left.includes(file.path));
  const name = (file: PromptSummary) => file.title || file.id;
  return (
    <section className="tile stack" aria-label={`Alike: ${files.map(name).join(', ')}`}>
      <div className="row">
        <Pill tone={group.percent === 100 ? 'amber' : undefined} icon="equal">
          {group.percent === 100 ? 'Copies' : `${group.percent} % alike`}
        </Pill>
        <span className="small quiet">{plural(files.length, 'text')}</span>
      </div>
      <Radio.Group aria-label="Which one to keep" value={keep.path} onChange={setKept} readOnly={!mayWrite}>
        <ul className="list alike">
          {files.map((file) => (
            <li key={file.path} className="stack tight">
              <div className="row">
                {mayWrite && <Radio value={file.path} aria-label={`Keep ${name(file)} (${file.id})`} />}
                <span className="grow alike-name">
                  <Link to="/prompts/$id" params={{ id: file.id }} search={{}} className="link serif">
                    {name(file)}
                  </Link>
                  <span className="small quiet wrap-any">
                    {[file.id, personName(file.owner), `v${file.version}`, ago(file.updated_at)]
                      .filter(Boolean)
                      .join(' · ')}
                  </span>
                </span>
                {file.live.map((place) => (
                  <Pill key={place.environment} tone="green" icon="dot">
                    {`Live in ${sentenceCase(place.environment).toLowerCase()}`}
                  </Pill>
                ))}
                {file === keep ? (
                  <Pill tone="blue" icon="check">
                    Keep
                  </Pill>
                ) : (
                  mayWrite && (
                    <Checkbox
                      size="sm"
                      label="Retire"
                      aria-label={`Retire ${name(file)} (${file.id})`}
                      checked={!left.includes(file.path)}
                      onChange={(event) =>
                        setLeft(
                          event.currentTarget.checked
                            ? left.filter((path) => path !== file.path)
                            : [...left, file.path],
                        )
                      }
                    />
                  )
                )}
              </div>
              {file !== keep && <Differs from={keep} to={file} />}
            </li>
          ))}
        </ul>
      </Radio.Group>
      {mayWrite && (
        <div>
          <Button variant="default" disabled={retired.length === 0} onClick={() => setOpen(true)}>
            {retired.length === 0
              ? 'Choose what to retire'
              : `Keep “${name(keep)}”, retire ${retired.length}`}
          </Button>
        </div>
      )}
      {open && (
        <BulkDialog
          kind="archive"
          chosen={{ ids: retired.map((file) => file.path) }}
          count={retired.length}
          instead={keep.kind === 'partial' ? '' : keep.id}
          onClose={() => setOpen(false)}
          onDone={() => setOpen(false)}
        />
      )}
    </section>
  );
}

/** What one says and the other does not, word by word; asked for when it is opened. */
function Differs({ from, to }: { from: PromptSummary; to: PromptSummary }) {
  const [open, setOpen] = useState(false);
  const texts = [
    useQuery({ ...promptQuery(from.id), enabled: open }),
    useQuery({ ...promptQuery(to.id), enabled: open }),
  ];
  const [a, b] = texts.map((text) => text.data?.source);
  const failed = texts.find((text) => text.error);
  return (
    <details className="differs" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{`What differs from “${from.title || from.id}”`}</summary>
      {failed ? (
        <Loaded query={failed}>{() => null}</Loaded>
      ) : a !== undefined && b !== undefined ? (
        <WordDiff words={compareWords(a, b)} as="source" context={120} />
      ) : (
        open && <Bones rows={3} />
      )}
    </details>
  );
}
