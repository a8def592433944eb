import type { ReactNode } from 'react';
import './chart.css';

/** "Explain this": what a figure means in plain words, for whoever opens it. */
export function Explain({ title = 'Explain this', children }: { title?: string; children: ReactNode }) {
  return (
    <details className="explain">
      <summary>{title}</summary>
      <div className="stack tight small">{children}</div>
    </details>
  );
}
