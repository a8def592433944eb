import { Checkbox, Modal, Radio, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { createToken } from '@/api/operations';
import type { TokenSecret } from '@/api/types';
import { DialogForm } from '@/components/FormDialog';
import { SecretOnce } from '@/components/SecretOnce';
import { useAct } from '@/components/session';
import { roleWords, useWords } from '@/lib/words-shown';

/** Asks what a token is for, makes it, and shows its secret the one time. */
export function NewTokenDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState('viewer');
  const [days, setDays] = useState('90');
  const [service, setService] = useState(true);
  const [uses, setUses] = useState<string[]>(Object.keys(useWords));
  const [whole, setWhole] = useState('some');
  const [made, setMade] = useState<TokenSecret>();
  const create = useAct(createToken, { onDone: setMade });
  const close = () => {
    onClose();
    setMade(undefined);
    setName('');
  };
  return (
    <Modal opened={opened} onClose={close} title={made ? 'Copy it now' : 'New token'} centered>
      {made ? (
        <SecretOnce value={made.secret} name="the token" onDone={close}>
          This is the only time it is shown.
        </SecretOnce>
      ) : (
        <DialogForm
          act="Make the token"
          ready={name.trim() !== '' && (whole === 'all' || uses.length > 0)}
          busy={create.isPending}
          onCancel={close}
          onSubmit={() =>
            create.mutate({
              name: name.trim(),
              role,
              days: Number(days) || 90,
              service,
              uses: whole === 'all' ? [] : uses,
            })
          }
        >
          <TextInput
            label="Name"
            placeholder="web shop"
            description="By which you recognise it later"
            required
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <UsesField whole={whole} onWhole={setWhole} uses={uses} onUses={setUses} />
          <Select
            label="The most it allows"
            data={Object.entries(roleWords).map(([value, { title, can }]) => ({
              value,
              label: `${title}: ${can}`,
            }))}
            value={role}
            onChange={(next) => next && setRole(next)}
            allowDeselect={false}
          />
          <TextInput
            label="Works for how many days"
            type="number"
            min={1}
            max={366}
            value={days}
            onChange={(event) => setDays(event.currentTarget.value)}
          />
          <Checkbox
            label="A service of this name acts with it, rather than you"
            checked={service}
            onChange={(event) => setService(event.currentTarget.checked)}
          />
        </DialogForm>
      )}
    </Modal>
  );
}

/** Everything, or some uses and nothing else. */
function UsesField({
  whole,
  onWhole,
  uses,
  onUses,
}: {
  whole: string;
  onWhole: (whole: string) => void;
  uses: string[];
  onUses: (uses: string[]) => void;
}) {
  return (
    <Radio.Group label="What it is for" value={whole} onChange={onWhole}>
      <div className="stack tight" style={{ paddingTop: 6 }}>
        <Radio value="some" label="A program that runs prompts: these uses and nothing else" />
        {whole === 'some' && (
          <Checkbox.Group value={uses} onChange={onUses} aria-label="Uses" pl={28}>
            <div className="stack tight">
              {Object.entries(useWords).map(([value, { long }]) => (
                <Checkbox key={value} value={value} label={long} />
              ))}
            </div>
          </Checkbox.Group>
        )}
        <Radio value="all" label="Everything that its role allows" />
      </div>
    </Radio.Group>
  );
}
