import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Icon, type IconName } from '@/components/Icon';
import { LinkButton } from '@/components/LinkButton';
import { Page } from '@/components/Page';
import { CopyButton } from '@/components/TechnicalDetails';
import './first-run.css';

/** The first page of an empty workspace: three ways to put something in. */
export function FirstRunPage() {
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
          text="Run this on the machine that runs the server. What cannot be carried over is named, never dropped silently."
        >
          <Command command="variorum import ./prompts" />
        </Way>
        <Way
          icon="download"
          title="Bring a Git repository"
          text="Its whole history comes along, with the same commit ids. The second command takes everything out again as a repository."
        >
          <Command command="variorum import PATH" />
          <Command command="variorum export DIR" />
        </Way>
      </div>
      <p className="quiet small">
        A file is a <code>.prompt</code> text with a few lines about it at the top.{' '}
        <Link to="/settings" className="link">
          Settings
        </Link>{' '}
        shows the addresses for programs and the tokens.
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
