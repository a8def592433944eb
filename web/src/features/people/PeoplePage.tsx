import { Button, Modal, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { changePerson, invite } from '@/api/operations';
import { peopleQuery } from '@/api/queries';
import type { Grant, Invitation, Person } from '@/api/types';
import { DialogForm } from '@/components/FormDialog';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { Pill } from '@/components/Pill';
import { ReasonDialog } from '@/components/ReasonDialog';
import { SecretOnce } from '@/components/SecretOnce';
import { useAct, useMay, useSession } from '@/components/session';
import { toast } from '@/components/toast';
import { date } from '@/lib/format';
import { roleWords } from '@/lib/words-shown';
import './people.css';

const roles = Object.entries(roleWords).map(([value, { title, can }]) => ({
  value,
  label: `${title}: ${can}`,
}));

/** Who may do what. */
export function PeoplePage() {
  const people = useQuery(peopleQuery);
  const mayManage = useMay('manage-people');
  const [inviting, setInviting] = useState(false);
  return (
    <Page
      title="People"
      intent="Who is here and what they may do. People come in by a link that works once."
      actions={mayManage && <Button onClick={() => setInviting(true)}>Invite somebody</Button>}
    >
      <Loaded
        query={people}
        shape={
          <div className="tile">
            <Bones rows={5} height={26} />
          </div>
        }
      >
        {(list) => {
          const shown = list.filter((person) => person.kind !== 'system');
          if (shown.length === 0)
            return <Empty title="Nobody here yet">Invite the first person by link.</Empty>;
          return (
            <ul className="tile flush list">
              {shown.map((person) => (
                <PersonRow key={person.id} person={person} mayManage={mayManage} />
              ))}
            </ul>
          );
        }}
      </Loaded>
      <section className="tile roles" aria-labelledby="roles">
        <h2 id="roles">What the roles may do</h2>
        <dl className="record">
          {Object.values(roleWords).map(({ title, can }) => (
            <div key={title}>
              <dt>{title}</dt>
              <dd>{can}</dd>
            </div>
          ))}
        </dl>
      </section>
      <InviteDialog opened={inviting} onClose={() => setInviting(false)} />
    </Page>
  );
}

const grantWords = (grant: Grant) =>
  `${roleWords[grant.role]?.title ?? grant.role}${grant.prefix ? ` in ${grant.prefix.replace(/^prompts\//, '')}` : ''}`;

function PersonRow({ person, mayManage }: { person: Person; mayManage: boolean }) {
  const me = useSession()?.actor.id === person.id;
  const [asking, setAsking] = useState(false);
  const whole = person.grants.find((grant) => !grant.prefix)?.role ?? null;
  const change = useAct((body: Parameters<typeof changePerson>[1]) => changePerson(person.id, body), {
    onDone: (after, body) => {
      setAsking(false);
      const before = { grants: person.grants, disabled: person.disabled };
      toast(after.disabled ? `${person.name} is shut out` : `${person.name} is changed`, {
        undo: body.reason === 'Undo' ? undefined : () => change.mutate({ ...before, reason: 'Undo' }),
      });
    },
  });
  return (
    <li className={person.disabled ? 'person shut' : 'person'}>
      <span className="avatar" aria-hidden="true">
        {person.name.slice(0, 1)}
      </span>
      <span className="grow">
        <span style={{ fontWeight: 550, display: 'block' }}>
          {person.name} {me && <span className="quiet small">(you)</span>}
        </span>
        <span className="small quiet wrap-any">{`${person.email} · since ${date(person.created_at)}`}</span>
      </span>
      <span className="row">
        {person.kind === 'service' && <Pill icon="bolt">Service</Pill>}
        {person.disabled && (
          <Pill tone="red" icon="cross">
            Shut out
          </Pill>
        )}
        {person.grants
          .filter((grant) => !mayManage || me || grant.prefix)
          .map((grant) => (
            <Pill key={`${grant.role}${grant.prefix}`}>{grantWords(grant)}</Pill>
          ))}
        {mayManage && !me && (
          <>
            <Select
              aria-label={`Role of ${person.name}`}
              size="sm"
              w={150}
              data={Object.entries(roleWords).map(([value, { title }]) => ({ value, label: title }))}
              value={whole}
              placeholder="No role"
              allowDeselect={false}
              onChange={(role) =>
                role &&
                change.mutate({
                  grants: [...person.grants.filter((grant) => grant.prefix), { role, prefix: '' }],
                })
              }
            />
            <Button
              size="compact-sm"
              variant={person.disabled ? 'default' : 'danger-quiet'}
              onClick={() => (person.disabled ? change.mutate({ disabled: false }) : setAsking(true))}
            >
              {person.disabled ? 'Let in again' : 'Shut out'}
            </Button>
          </>
        )}
      </span>
      <ReasonDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Shut ${person.name} out?`}
        act="Shut out"
        danger
        busy={change.isPending}
        onConfirm={(reason) => change.mutate({ disabled: true, reason })}
      >
        Their sessions and tokens stop working at once. What they wrote stays.
      </ReasonDialog>
    </li>
  );
}

function InviteDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState('author');
  const [invitation, setInvitation] = useState<Invitation>();
  const act = useAct(invite, { onDone: setInvitation });
  const close = () => {
    onClose();
    setInvitation(undefined);
    setName('');
    setEmail('');
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={invitation ? `Send this link to ${invitation.person.name}` : 'Invite somebody'}
      centered
    >
      {invitation ? (
        <SecretOnce value={invitation.link} name="the link" onDone={close}>
          It works once, for seven days, and is shown only now.
        </SecretOnce>
      ) : (
        <DialogForm
          act="Make the link"
          ready={Boolean(name.trim() && email.trim())}
          busy={act.isPending}
          onCancel={close}
          onSubmit={() =>
            act.mutate({ name: name.trim(), email: email.trim(), grants: [{ role, prefix: '' }] })
          }
        >
          <TextInput
            label="Name"
            required
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <TextInput
            label="E-mail"
            type="email"
            required
            description="Stands beside the versions they save"
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <Select
            label="Role"
            data={roles}
            value={role}
            onChange={(next) => next && setRole(next)}
            allowDeselect={false}
          />
        </DialogForm>
      )}
    </Modal>
  );
}
