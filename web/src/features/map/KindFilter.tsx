import type { Impact } from '@/api/types';
import { Icon } from '@/components/Icon';
import { count } from '@/lib/format';
import { kindMany, kindOne } from '@/lib/impact';

/** What is reached, by kind with counts; a press shows these kinds only. */
export function KindFilter({
  counts,
  chosen,
  onChoose,
}: {
  counts: Impact['counts'];
  chosen: string[];
  onChoose: (kinds: string[]) => void;
}) {
  const shown = counts.filter((one) => one.reached > 0);
  return (
    <fieldset className="map-kinds">
      <legend className="visually-hidden">Show these kinds only</legend>
      {shown.map(({ kind, reached }) => {
        const on = chosen.includes(kind);
        return (
          <button
            key={kind}
            type="button"
            className={on ? 'map-kind on' : 'map-kind'}
            aria-pressed={on}
            onClick={() => onChoose(on ? chosen.filter((one) => one !== kind) : [...chosen, kind])}
          >
            {on && <Icon name="check" size={12} />}
            <strong>{count(reached)}</strong> {reached === 1 ? kindOne(kind) : kindMany(kind)}
          </button>
        );
      })}
      {chosen.length > 0 && (
        <button type="button" className="link" onClick={() => onChoose([])}>
          Show all kinds
        </button>
      )}
    </fieldset>
  );
}
