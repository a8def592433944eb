import type { BulkResult } from '@/api/types';
import { Icon } from '@/components/Icon';
import { plural } from '@/lib/format';

const SHOWN_MAX = 30;

/** What an action would do: paths, texts, old addresses kept alive, and what stands in the way. */
export function BulkPreview({ plan, stale }: { plan: BulkResult; stale: boolean }) {
  const nothing = plan.moved.length + plan.edited.length + plan.refused.length === 0;
  return (
    <section
      className={stale ? 'bulk-plan stale' : 'bulk-plan'}
      aria-label="What would happen"
      aria-busy={stale}
    >
      {plan.refused.length > 0 && (
        <div className="banner harm stack tight" role="alert">
          <strong>{`${plural(plan.refused.length, 'file')} in the way, so nothing would be done`}</strong>
          <Lines
            lines={plan.refused.map((one) => ({
              key: `${one.path} ${one.message}`,
              a: one.path ?? '',
              b: one.message,
            }))}
          />
        </div>
      )}
      {plan.blockers.length > 0 && (
        <div className="banner owed stack tight">
          <strong>The rules of the library ask for something first</strong>
          <Lines lines={plan.blockers.map((one) => ({ key: one.message, a: one.message, b: one.next }))} />
        </div>
      )}
      {nothing && <p className="quiet">Nothing would change: they are already as you want them.</p>}
      <Group
        title={`${plural(plan.moved.length, 'file')} would move`}
        lines={plan.moved.map((one) => ({ key: one.from, a: one.from, b: `→ ${one.to}` }))}
      />
      <Group
        title={`${plural(plan.edited.length, 'text')} would change`}
        lines={plan.edited.map((one) => ({ key: `${one.path} ${one.what}`, a: one.path, b: one.what }))}
      />
      <Group
        title={`${plural(plan.redirects.length, 'old id')} would lead on, so callers do not break`}
        lines={plan.redirects.map((one) => ({ key: one.from, a: one.from, b: `→ ${one.to}` }))}
      />
      {plan.notes.map((note) => (
        <p key={note} className="small quiet">
          {note}
        </p>
      ))}
    </section>
  );
}

type Line = { key: string; a: string; b: string };

function Group({ title, lines }: { title: string; lines: Line[] }) {
  if (lines.length === 0) return null;
  return (
    <details open={lines.length <= 6}>
      <summary>
        <Icon name="right" size={12} />
        {title}
      </summary>
      <Lines lines={lines} />
    </details>
  );
}

function Lines({ lines }: { lines: Line[] }) {
  return (
    <ul className="bulk-lines">
      {lines.slice(0, SHOWN_MAX).map((line) => (
        <li key={line.key}>
          <span className="wrap-any">{line.a}</span>
          <span className="quiet wrap-any">{line.b}</span>
        </li>
      ))}
      {lines.length > SHOWN_MAX && <li className="quiet">{`and ${lines.length - SHOWN_MAX} more`}</li>}
    </ul>
  );
}
