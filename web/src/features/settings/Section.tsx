import type { ReactNode } from 'react';

/** One part of the settings: what it is for, and the act that adds to it. */
export function Section({
  id,
  title,
  intent,
  act,
  children,
}: {
  id: string;
  title: string;
  intent: ReactNode;
  act?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="tile flush" aria-labelledby={id}>
      <div className="between settings-head">
        <div className="grow">
          <h2 id={id} className="tile-title" style={{ margin: 0 }}>
            {title}
          </h2>
          <p className="small quiet">{intent}</p>
        </div>
        {act}
      </div>
      {children}
    </section>
  );
}
