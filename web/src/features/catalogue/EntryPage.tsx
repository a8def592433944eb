import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { catalogueEntryQuery } from '@/api/queries';
import type { CatalogueDetail, CatalogueLink } from '@/api/types';
import { Missing, ValueTable } from '@/components/Documentation';
import { LinkButton } from '@/components/LinkButton';
import { Bones, Loaded } from '@/components/Loaded';
import { Page } from '@/components/Page';
import { LivePills, Pill } from '@/components/Pill';
import { useLiveInOrder, useMay } from '@/components/session';
import { linkWord } from '@/lib/documentation';
import { ago, date, personName } from '@/lib/format';
import { workflowName } from '@/lib/impact';
import { channelName } from '@/lib/words-shown';
import './catalogue.css';

/** One prompt as the catalogue tells of it. */
export function EntryPage() {
  const { id } = useParams({ from: '/shell/catalogue/$id' });
  const entry = useQuery(catalogueEntryQuery(id));
  return (
    <Loaded
      query={entry}
      shape={
        <Page title={id} trail={[{ title: 'Catalogue', to: '/catalogue' }]}>
          <Bones rows={8} />
        </Page>
      }
    >
      {(data) => <Entry entry={data} />}
    </Loaded>
  );
}

function Entry({ entry }: { entry: CatalogueDetail }) {
  const said = entry.documentation;
  const live = useLiveInOrder(entry.live);
  const mayWrite = useMay('write-draft');
  return (
    <Page
      title={entry.title || entry.id}
      intent={said.intent}
      trail={[
        { title: 'Catalogue', to: '/catalogue', search: {} },
        ...(entry.category
          ? [
              {
                title: entry.category_title || entry.category,
                to: '/catalogue' as const,
                search: { category: entry.category },
              },
            ]
          : []),
      ]}
      actions={
        <>
          {mayWrite && (
            <LinkButton to="/prompts/$id/edit" params={{ id: entry.id }} search={{}} variant="default">
              Edit
            </LinkButton>
          )}
          <LinkButton to="/prompts/$id" params={{ id: entry.id }} search={{}}>
            Read the text
          </LinkButton>
        </>
      }
      pills={
        <>
          <LivePills live={live} />
          {entry.channel && <Pill>{channelName(entry.channel)}</Pill>}
          {said.owner && <Pill icon="person">{`Owner: ${personName(said.owner)}`}</Pill>}
          <span className="small quiet">{`Version ${entry.version}, ${ago(entry.updated_at)}`}</span>
        </>
      }
    >
      <section aria-labelledby="documented" className="tile">
        <h2 id="documented" className="tile-title">
          Documentation
        </h2>
        <Missing said={said} />
      </section>
      <Part title="What it takes">
        {said.inputs.length > 0 ? (
          <ValueTable values={said.inputs} caption="What it takes" />
        ) : (
          <p className="quiet">It takes no variables.</p>
        )}
      </Part>
      <Part title="What it yields">
        {said.outputs.map((output) => (
          <p key={output} className="serif">
            {output}
          </p>
        ))}
        {said.outputs.length === 0 && <p className="quiet">It is not said in words.</p>}
        {said.output_fields.length > 0 && (
          <ValueTable values={said.output_fields} caption="Fields of the answer" />
        )}
      </Part>
      <Part title="How one tells that it is good">
        <Benchmarks entry={entry} />
      </Part>
      <div className="two-columns">
        <Links title="Builds on" links={entry.uses} way="out" none="It builds on nothing else." />
        <Links
          title="Used by"
          links={entry.used_by}
          way="in"
          none="Nothing else builds on it, runs it or tests it."
        />
      </div>
      <Part title="Latest changes">
        <Changes entry={entry} />
      </Part>
    </Page>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className="stack tight" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Benchmarks({ entry }: { entry: CatalogueDetail }) {
  const { benchmarks, kpis, suites } = entry.documentation;
  if (benchmarks.length + kpis.length + suites.length === 0)
    return <p className="quiet">No figure, KPI or suite is named.</p>;
  return (
    <ul className="plain-list">
      {benchmarks.map((benchmark) => (
        <li key={benchmark}>{benchmark}</li>
      ))}
      {kpis.length > 0 && <li>{`It is meant to move ${kpis.join(', ')}.`}</li>}
      {suites.map((suite) => (
        <li key={suite} className="wrap-any">
          {'Tested by '}
          <code>{suite}</code>
        </li>
      ))}
    </ul>
  );
}

function Links({
  title,
  links,
  way,
  none,
}: {
  title: string;
  links: CatalogueLink[];
  way: 'out' | 'in';
  none: string;
}) {
  return (
    <Part title={title}>
      {links.length === 0 && <p className="quiet">{none}</p>}
      <ul className="plain-list">
        {links.map((link) => (
          <li key={`${link.kind} ${link.name}`}>
            <Target link={link} />
            <span className="small quiet">{` ${linkWord(link, way)}`}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Target({ link }: { link: CatalogueLink }) {
  if (link.path === '')
    return (
      <Pill tone="amber" icon="warning">
        {`${link.name} is missing`}
      </Pill>
    );
  if (link.kind === 'runs')
    return (
      <Link to="/workflows/$id" params={{ id: workflowName(link.path) }} className="link">
        {link.title}
      </Link>
    );
  if (link.kind === 'varies')
    return (
      <Link to="/catalogue/$id" params={{ id: link.id }} className="link">
        {link.title}
      </Link>
    );
  if (link.kind === 'includes')
    return (
      <Link to="/prompts/$id" params={{ id: link.id }} search={{}} className="link">
        {link.title}
      </Link>
    );
  return <span className="wrap-any">{link.title}</span>;
}

function Changes({ entry }: { entry: CatalogueDetail }) {
  if (entry.changes.length === 0) return <p className="quiet">Nothing is known of its changes.</p>;
  return (
    <ol className="changes-told">
      {entry.changes.map((change) => (
        <li key={change.version}>
          <strong>{change.subject}</strong>
          <span className="small quiet">{` Version ${change.version}, ${change.author}, ${date(change.at)}`}</span>
          {change.problem && <p className="small">{change.problem}</p>}
          {change.hypothesis && <p className="small quiet">{`Expected: ${change.hypothesis}`}</p>}
        </li>
      ))}
    </ol>
  );
}
