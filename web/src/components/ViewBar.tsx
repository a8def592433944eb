import { Button, Checkbox, Menu, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { createView, deleteView, editView } from '@/api/operations';
import type { View } from '@/api/types';
import { viewsQuery } from '@/api/upkeep-queries';
import { personName } from '@/lib/format';
import { type Find, isKeepable, kept, placeOf, sameFind } from '@/lib/views';
import { FormDialog } from './FormDialog';
import { Icon } from './Icon';
import { useAct, useMay } from './session';
import { toast } from './toast';
import './view-bar.css';

/** Kept searches beside a list: those that stand ready, all others in a menu, and keeping this one. */
export function ViewBar({ find, chosen }: { find: Find; chosen?: number }) {
  const { data, isPending } = useQuery(viewsQuery);
  const views = data?.items ?? [];
  const open = views.find((view) => view.id === chosen);
  const ready = views.filter((view) => view.pinned || view.id === chosen);
  const [dialog, setDialog] = useState<'keep' | 'change' | 'delete'>();
  const asksElse = open !== undefined && !sameFind(find, open.find);
  const update = useAct(() => editView(open?.id ?? 0, { find: kept(find) }), {
    onDone: (view) => toast('View is changed', { text: view.name }),
  });
  const keepable = isKeepable(find) && (open === undefined || asksElse);
  // Nothing to press before all of it is there: buttons that move away miss their click.
  if (isPending) return <div className="row view-bar" aria-hidden />;
  if (views.length === 0 && !keepable) return null;
  return (
    <nav className="row view-bar" aria-label="Views">
      {ready.map((view) => (
        <Link
          key={view.id}
          {...placeOf(view)}
          className="view-chip"
          aria-current={view.id === chosen && !asksElse ? 'page' : undefined}
        >
          {view.name}
        </Link>
      ))}
      {views.length > 0 && <ViewMenu views={views} />}
      {asksElse && open.may_change && (
        <Button
          variant="default"
          size="compact-sm"
          loading={update.isPending}
          onClick={() => update.mutate()}
        >
          {`Change “${open.name}” to this`}
        </Button>
      )}
      {keepable && (
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<Icon name="plus" size={12} />}
          onClick={() => setDialog('keep')}
        >
          Save this view
        </Button>
      )}
      {open?.may_change && (
        <Menu position="bottom-start">
          <Menu.Target>
            <Button variant="subtle" size="compact-sm" rightSection={<Icon name="down" size={12} />}>
              {`Manage “${open.name}”`}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => setDialog('change')}>Rename or share</Menu.Item>
            <Menu.Item onClick={() => setDialog('delete')}>Delete this view</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {dialog === 'keep' && <KeepDialog find={find} onClose={() => setDialog(undefined)} />}
      {dialog === 'change' && open && (
        <KeepDialog find={open.find} view={open} onClose={() => setDialog(undefined)} />
      )}
      {dialog === 'delete' && open && <DeleteDialog view={open} onClose={() => setDialog(undefined)} />}
    </nav>
  );
}

const whose = (view: View) =>
  view.mine ? (view.shared ? 'Yours, shared' : 'Only you') : `Shared by ${personName(view.owner_name)}`;

function ViewMenu({ views }: { views: View[] }) {
  return (
    <Menu position="bottom-start" width={260}>
      <Menu.Target>
        <Button variant="subtle" size="compact-sm" rightSection={<Icon name="down" size={12} />}>
          {`Views (${views.length})`}
        </Button>
      </Menu.Target>
      <Menu.Dropdown className="view-menu">
        {views.map((view) => (
          <Menu.Item key={view.id} component={Link} {...(placeOf(view) as object)}>
            <span className="clip view-name">{view.name}</span>
            <span className="small quiet">{whose(view)}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Keeps a search under a name, or changes how one is kept. */
function KeepDialog({ find, view, onClose }: { find: Find; view?: View; onClose: () => void }) {
  const mayShare = useMay('write-draft');
  const [name, setName] = useState(view?.name ?? '');
  const [shared, setShared] = useState(view?.shared ?? false);
  const [pinned, setPinned] = useState(view?.pinned ?? true);
  const act = useAct(
    () =>
      view
        ? editView(view.id, { name: name.trim(), shared, pinned })
        : createView({ name: name.trim(), find: kept(find), shared, pinned }),
    {
      quiet: true,
      onDone: (done) => {
        toast(view ? 'View is changed' : 'View is saved', { text: done.name });
        onClose();
      },
    },
  );
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={view ? 'Change this view' : 'Save this view'}
      act={view ? 'Change view' : 'Save view'}
      ready={name.trim() !== ''}
      busy={act.isPending}
      error={act.error ?? undefined}
      onSubmit={() => act.mutate(undefined)}
    >
      <TextInput
        label="Name"
        description="The words and filters are kept, not what they find: it is found anew each time."
        placeholder="Ending this month"
        value={name}
        maxLength={80}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
        required
      />
      <Checkbox
        label="Show it beside the library"
        checked={pinned}
        onChange={(event) => setPinned(event.currentTarget.checked)}
      />
      <Checkbox
        label="Share it with everybody"
        description={mayShare ? undefined : 'Sharing takes the right to write drafts.'}
        disabled={!mayShare && !view?.shared}
        checked={shared}
        onChange={(event) => setShared(event.currentTarget.checked)}
      />
    </FormDialog>
  );
}

function DeleteDialog({ view, onClose }: { view: View; onClose: () => void }) {
  const act = useAct(() => deleteView(view.id), {
    quiet: true,
    onDone: () => {
      toast('View is deleted', { text: view.name });
      onClose();
    },
  });
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={`Delete “${view.name}”?`}
      act="Delete view"
      danger
      busy={act.isPending}
      error={act.error ?? undefined}
      onSubmit={() => act.mutate(undefined)}
    >
      <p className="quiet">
        {view.shared
          ? 'It goes for everybody, and links to it end. The prompts it finds stay as they are.'
          : 'The prompts it finds stay as they are.'}
      </p>
    </FormDialog>
  );
}
