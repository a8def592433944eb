import { Link, type LinkProps } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import './page.css';

export type Crumb = {
  title: string;
  to?: LinkProps['to'];
  params?: LinkProps['params'];
  search?: LinkProps['search'];
};

/** Every page: where am I, what is this, its state in pills, and one primary act. */
export function Page({
  title,
  intent,
  trail = [],
  pills,
  actions,
  children,
}: {
  title: string;
  intent?: ReactNode;
  trail?: Crumb[];
  pills?: ReactNode;
  actions?: ReactNode;
  children?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Variorum`;
  }, [title]);
  return (
    <div className="page">
      <Trail crumbs={trail} />
      <header className="page-head">
        <div className="grow">
          <h1 tabIndex={-1}>{title}</h1>
          {intent && <p className="page-intent">{intent}</p>}
        </div>
        {actions && <div className="page-actions">{actions}</div>}
      </header>
      {pills && <div className="row page-pills">{pills}</div>}
      {children}
    </div>
  );
}

function Trail({ crumbs }: { crumbs: Crumb[] }) {
  return (
    <nav className="trail" aria-label="Where you are">
      <ol>
        {crumbs.map((crumb) => (
          <li key={crumb.title}>
            {crumb.to ? (
              <Link to={crumb.to} params={crumb.params as never} search={crumb.search}>
                {crumb.title}
              </Link>
            ) : (
              crumb.title
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** A page that has nothing yet: what will stand here, and the one act that fills it. */
export function Empty({
  title,
  children,
  action,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {action && <div className="row">{action}</div>}
    </div>
  );
}
