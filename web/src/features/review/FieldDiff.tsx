import type { FieldChange, Thread } from '@/api/types';
import { Icon } from '@/components/Icon';
import { plainValue } from '@/lib/format';
import { settingName } from '@/lib/words-shown';

/** Settings that differ, field by field. */
export function FieldDiff({
  fields,
  threads,
  onComment,
}: {
  fields: FieldChange[];
  threads: Thread[];
  onComment?: (field: string) => void;
}) {
  return (
    <section className="tile flush scroll-x" aria-label="Settings that differ" tabIndex={0}>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">Setting</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
            {onComment && (
              <th scope="col">
                <span className="visually-hidden">Comment</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field.field}>
              <th scope="row" title={field.field} className="field-name">
                {settingName(field.field)}
                {threads
                  .filter((thread) => thread.anchor.field === field.field && !thread.settled)
                  .map((thread) => (
                    <a
                      key={thread.number}
                      href={`#thread-${thread.number}`}
                      className="tie"
                      aria-label={`Discussion ${thread.number}`}
                    >
                      {thread.number}
                    </a>
                  ))}
              </th>
              <td>
                {field.before == null ? (
                  <span className="quiet">not set</span>
                ) : (
                  <del>{plainValue(field.before)}</del>
                )}
              </td>
              <td>
                {field.after == null ? (
                  <span className="quiet">not set</span>
                ) : (
                  <ins>{plainValue(field.after)}</ins>
                )}
              </td>
              {onComment && (
                <td className="field-act">
                  <button
                    type="button"
                    className="icon-button"
                    aria-label={`Comment on the setting ${field.field}`}
                    onClick={() => onComment(field.field)}
                  >
                    <Icon name="plus" size={14} />
                  </button>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
