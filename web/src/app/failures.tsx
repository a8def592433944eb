import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { LinkButton } from '@/components/LinkButton';
import { ProblemNote } from '@/components/Loaded';
import { Page } from '@/components/Page';

export function PageFailed({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <main id="main">
      <Page title="This page could not be shown">
        <ProblemNote
          error={error}
          onRetry={() => {
            reset();
            void router.invalidate();
          }}
        />
      </Page>
    </main>
  );
}

export function PageMissing() {
  return (
    <Page
      title="There is nothing at this address"
      intent="It may have been moved, or the link is not complete."
    >
      <LinkButton to="/">Go to Home</LinkButton>
    </Page>
  );
}
