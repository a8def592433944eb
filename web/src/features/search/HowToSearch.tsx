const ways: [typed: string, finds: string][] = [
  ['welcome order', 'what holds both words, or words that begin like them'],
  ['"first order"', 'these words beside each other, as they stand'],
  ['welcome -finch', 'what holds the one and not the other'],
  ['wlecome', 'the nearest words where one occurs nowhere, and it says so'],
];

/** Nothing asked yet: what can be typed here. */
export function HowToSearch({ onTry }: { onTry: (q: string) => void }) {
  return (
    <section className="empty search-how">
      <h2>What are you looking for?</h2>
      <p>
        A word in the title counts most, then one in tags and intent, then one in the text. Or begin with a
        filter.
      </p>
      <dl>
        {ways.map(([typed, finds]) => (
          <div key={typed}>
            <dt>
              <button type="button" className="link mono" onClick={() => onTry(typed)}>
                {typed}
              </button>
            </dt>
            <dd className="quiet">{finds}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
