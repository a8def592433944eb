import { Button, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { closeDraft, deleteDraft, reopenDraft } from '@/api/operations';
import { draftsQuery, recordFormQuery } from '@/api/queries';
import type { ChangeStanding, DraftDetail } from '@/api/types';
import { Icon } from '@/components/Icon';
import { LinkButton } from '@/components/LinkButton';
import { useAct, useMay } from '@/components/session';
import { toast } from '@/components/toast';
import { draftShown } from '@/lib/standing';
import { EditDraftDialog } from './EditDraftDialog';
import { HotfixDialog } from './HotfixDialog';
import { NewDraftDialog } from './NewDraftDialog';
import { PublishDialog } from './PublishDialog';

type Dialog = 'publish' | 'hotfix' | 'edit' | 'new';

/** What can be done with an open draft: one primary act, the rest behind it. */
export function DraftActs({ draft, change }: { draft: DraftDetail; change?: ChangeStanding }) {
  const [dialog, setDialog] = useState<Dialog>();
  const mayPublish = useMay('publish');
  const mayWrite = useMay('write-draft');
  const mayHurry = useMay('emergency-publish') && draft.kind === 'hotfix';
  const drafts = useQuery(draftsQuery).data ?? [];
  const rules = useQuery(recordFormQuery(draft.changes.map((one) => one.path))).data;
  const needsReview = !rules || rules.reviewed_only || rules.approvals.length > 0;
  const close = () => setDialog(undefined);
  const nothing = draft.ahead === 0;
  return (
    <>
      {mayHurry && !nothing && (
        <Button variant="danger-quiet" onClick={() => setDialog('hotfix')} leftSection={<Icon name="bolt" />}>
          Go live now
        </Button>
      )}
      {mayWrite && (
        <More draft={draft} onDialog={setDialog} mayPublish={mayPublish && !needsReview && !nothing} />
      )}
      {change ? (
        <LinkButton to="/reviews/$number" params={{ number: String(change.number) }}>
          {`Open review CH-${change.number}`}
        </LinkButton>
      ) : (
        mayWrite &&
        (nothing ? (
          <LinkButton to="/library">Choose a prompt to edit</LinkButton>
        ) : (
          <LinkButton to="/drafts/$name/send" params={{ name: draft.name }}>
            Send for review
          </LinkButton>
        ))
      )}
      <PublishDialog opened={dialog === 'publish'} onClose={close} draft={draft} />
      <HotfixDialog opened={dialog === 'hotfix'} onClose={close} draft={draft} />
      <EditDraftDialog key={draft.title} opened={dialog === 'edit'} onClose={close} draft={draft} />
      <NewDraftDialog opened={dialog === 'new'} onClose={close} drafts={drafts} from={draft.name} />
    </>
  );
}

function More({
  draft,
  onDialog,
  mayPublish,
}: {
  draft: DraftDetail;
  onDialog: (dialog: Dialog) => void;
  mayPublish: boolean;
}) {
  const navigate = useNavigate();
  const again = useAct((name: string) => reopenDraft(name));
  const gone = (word: string) => {
    void navigate({ to: '/drafts' });
    // Its versions are kept, so it opens again where it stood.
    toast(`${draftShown(draft)} is ${word}`, { undo: () => again.mutate(draft.name) });
  };
  const close = useAct((name: string) => closeDraft(name), { onDone: () => gone('closed') });
  const remove = useAct((name: string) => deleteDraft(name), { onDone: () => gone('deleted') });
  return (
    <Menu position="bottom-end" width={250}>
      <Menu.Target>
        <Button variant="default" rightSection={<Icon name="down" size={14} />}>
          More
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {mayPublish && <Menu.Item onClick={() => onDialog('publish')}>Publish without a review</Menu.Item>}
        <Menu.Item onClick={() => void navigate({ to: '/new', search: { draft: draft.name } })}>
          New prompt here
        </Menu.Item>
        <Menu.Item onClick={() => onDialog('new')}>New draft from this one</Menu.Item>
        <Menu.Item onClick={() => onDialog('edit')}>Change title or end</Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => close.mutate(draft.name)}>Close the draft</Menu.Item>
        <Menu.Item className="menu-harm" onClick={() => remove.mutate(draft.name)}>
          Delete the draft
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
