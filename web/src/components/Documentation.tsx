import type { Documentation, DocumentedValue } from '@/api/types';
import { itemWord, scoreSentence } from '@/lib/documentation';
import { plural } from '@/lib/format';
import { Pill } from './Pill';
import './documentation.css';
import { Said } from './Said';

/** A score as a quiet bar with its number. */
export function ScoreBar({ score, label }: { score: number; label?: string }) {
  return (
    <span className="score">
      <span className="score-bar" aria-hidden="true">
        <span style={{ inlineSize: `${score}%` }} />
      </span>
      <span className="score-n">
        {score}
        <span className="visually-hidden">{` of 100${label ? `, ${label}` : ''}`}</span>
      </span>
    </span>
  );
}

/** The score with what is missing, and what to do about it. */
export function Missing({ said }: { said: Documentation }) {
  const asked = said.asked;
  return (
    <div className="stack">
      <p className="row">
        <ScoreBar score={said.score} />
        <span className="quiet">{scoreSentence(said)}</span>
      </p>
      {said.missing.length > 0 && (
        <ul className="missing" aria-label="What is missing">
          {said.missing.map((lack) => (
            <li key={`${lack.item} ${lack.message}`}>
              <Pill tone="amber" icon="warning">
                {itemWord(lack.item)}
              </Pill>
              <span className="grow">
                <Said text={lack.message} />
                <span className="small quiet missing-next">
                  <Said text={lack.next} />
                  {lack.line != null && ` Line ${lack.line} of the source.`}
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
      {asked && asked.enforce !== 'off' && <p className="small quiet">{askedSentence(asked)}</p>}
    </div>
  );
}

function askedSentence(asked: NonNullable<Documentation['asked']>): string {
  const what = asked.require.map((item) => itemWord(item).toLowerCase());
  if (asked.minimum > 0) what.push(`a score of ${asked.minimum}`);
  const effect =
    asked.enforce === 'refuse' ? 'A change that takes it away is refused.' : 'It is told with each change.';
  return `“${asked.title}” asks for ${what.join(', ')}. ${effect}`;
}

/** Values that are filled in, or fields of an answer. */
export function ValueTable({ values, caption }: { values: DocumentedValue[]; caption: string }) {
  return (
    <section className="tile flush scroll-x" tabIndex={0} aria-label={caption}>
      <table className="plain">
        <caption className="visually-hidden">{`${caption}, ${plural(values.length, 'row')}`}</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Type</th>
            <th scope="col">What it holds</th>
          </tr>
        </thead>
        <tbody>
          {values.map((value) => (
            <tr key={value.name}>
              <td className="mono wrap-any">{value.name}</td>
              <td className="quiet">
                {value.type || 'not declared'}
                {!value.required && value.type !== '' && ', may be left out'}
              </td>
              <td className="wrap-any">
                {value.description || <span className="quiet">not described</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
