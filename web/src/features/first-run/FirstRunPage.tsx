import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Icon, type IconName } from '@/components/Icon';
import { LinkButton } from '@/components/LinkButton';
import { Page } from '@/components/Page';
import { useSession } from '@/components/session';
import { CopyButton } from '@/components/TechnicalDetails';
import './first-run.css';

/** The first page of an empty workspace: three ways to put something in. */
export function FirstRunPage() {
  const session = useSession();
  const name = session?.workspace.name ?? 'workspace';
  const clone = `git clone ${window.location.origin}/git/${name}.git`;
  return (
    <Page
      title="Put your first prompt in"
      intent="Here every version of a prompt is kept, with who changed it, why, and what it brought. Choose how to begin."
    >
      <div className="ways">
        <Way
          icon="edit"
          title="Write one here"
          text="Start from a template. You see what comes out while you type, and save a version when it reads well."
        >
          <LinkButton to="/new">Write the first prompt</LinkButton>
        </Way>
        <Way
          icon="folder"
          title="Bring a folder"
          text="On the machine that runs the server. What cannot be carried over is named, never dropped silently."
        >
          <Command command="variorum import ./prompts" />
        </Way>
        <Way
          icon="download"
          title="Use Git"
          text="The library is a genuine repository: clone it, add files, push. Make a token under Settings for the password."
        >
          <Command command={clone} />
        </Way>
      </div>
      <p className="quiet small">
        A file is a <code>.prompt</code> text with a few lines about it at the top.{' '}
        <Link to="/settings" className="link">
          Settings
        </Link>{' '}
        shows the addresses and tokens.
      </p>
    </Page>
  );
}

function Way({
  icon,
  title,
  text,
  children,
}: {
  icon: IconName;
  title: string;
  text: string;
  children: ReactNode;
}) {
  return (
    <section className="tile stack way">
      <span className="way-icon">
        <Icon name={icon} size={20} />
      </span>
      <h2 className="serif">{title}</h2>
      <p className="quiet grow">{text}</p>
      {children}
    </section>
  );
}

function Command({ command }: { command: string }) {
  return (
    <div className="command">
      <code className="wrap-any">{command}</code>
      <CopyButton value={command} name="the command" />
    </div>
  );
}
