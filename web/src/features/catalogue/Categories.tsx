import type { Catalogue, CategoryScore } from '@/api/types';
import { ScoreBar } from '@/components/Documentation';
import { Icon } from '@/components/Icon';
import { categoryName } from '@/lib/documentation';
import { plural } from '@/lib/format';

/** How each category keeps the standard; one can be chosen. */
export function Categories({
  catalogue,
  chosen,
  onChoose,
}: {
  catalogue: Catalogue;
  chosen?: string;
  onChoose: (category?: string) => void;
}) {
  return (
    <aside aria-label="Categories" className="stack tight">
      <h2 className="label">Categories</h2>
      <ul className="categories">
        {catalogue.categories.map((category) => (
          <li key={category.path}>
            <Category category={category} on={category.path === chosen} onChoose={onChoose} />
          </li>
        ))}
      </ul>
      {chosen && (
        <button type="button" className="link small" onClick={() => onChoose(undefined)}>
          All categories
        </button>
      )}
    </aside>
  );
}

function Category({
  category,
  on,
  onChoose,
}: {
  category: CategoryScore;
  on: boolean;
  onChoose: (category?: string) => void;
}) {
  const words = (
    <>
      <span className="row nowrap category-name">
        {on && <Icon name="check" size={12} />}
        <span className="grow">{categoryName(category)}</span>
        <span className="small quiet">{plural(category.prompts, 'prompt')}</span>
      </span>
      <ScoreBar score={category.score} label="on average" />
    </>
  );
  // What lies in no category has no name to ask for.
  if (category.path === '') return <div className="category">{words}</div>;
  return (
    <button
      type="button"
      className="category"
      aria-pressed={on}
      onClick={() => onChoose(on ? undefined : category.path)}
    >
      {words}
    </button>
  );
}
