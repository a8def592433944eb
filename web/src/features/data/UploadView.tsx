import { Button, Checkbox } from '@mantine/core';
import { useRef, useState } from 'react';
import type { Mapping, Upload } from '@/api/types';
import { ProblemNote } from '@/components/Loaded';
import { useMay } from '@/components/session';
import { MappingFields } from './MappingFields';
import { UploadOutcome } from './UploadOutcome';
import { UploadProgress } from './UploadProgress';
import { useUpload } from './use-upload';

type Step = { file: File; seen: Upload };

/** A file, its first rows, which column says what, what would become of it; then it is loaded. */
export function UploadView() {
  const [step, setStep] = useState<Step>();
  const [mapping, setMapping] = useState<Mapping>();
  const [backfill, setBackfill] = useState(false);
  const [loaded, setLoaded] = useState<Upload>();
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const mayBackfill = useMay('administer');
  const look = useUpload({ dryRun: true, backfill }, (seen, { file }) => {
    setStep({ file, seen });
    setMapping(seen.mapping);
  });
  const load = useUpload({ dryRun: false, backfill }, setLoaded);
  const choose = (file: File | undefined | null) => {
    if (!file) return;
    setLoaded(undefined);
    setStep(undefined);
    look.mutate({ file });
  };
  const again = () => {
    setStep(undefined);
    setMapping(undefined);
    setLoaded(undefined);
    load.reset();
    look.reset();
  };

  if (loaded)
    return (
      <section className="tile stack" aria-labelledby="loaded">
        <h2 id="loaded" className="tile-title">
          {loaded.id ? `Loaded as ${loaded.id}` : 'Nothing new was in it'}
        </h2>
        <UploadOutcome upload={loaded} />
        <div>
          <Button onClick={again}>Load another table</Button>
        </div>
      </section>
    );

  return (
    <div className="stack">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button is the first */}
      <div
        className="data-drop"
        data-over={over}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          choose(event.dataTransfer.files[0]);
        }}
      >
        <p>
          {step
            ? step.file.name
            : 'Drop a table of exposures and outcomes here: CSV, NDJSON or Parquet, up to 1 GiB.'}
        </p>
        <p className="small quiet">Nothing is stored before you have seen what would become of it.</p>
        <input
          ref={input}
          type="file"
          aria-label="The file"
          className="visually-hidden"
          tabIndex={-1}
          accept=".csv,.tsv,.txt,.ndjson,.jsonl,.parquet"
          onChange={(event) => {
            choose(event.currentTarget.files?.[0]);
            event.currentTarget.value = '';
          }}
        />
        <Button
          variant={step ? 'default' : 'filled'}
          loading={look.isPending && !step}
          onClick={() => input.current?.click()}
        >
          {step ? 'Choose another file' : 'Choose a file'}
        </Button>
      </div>
      {look.sending && <UploadProgress sending={look.sending} onCancel={look.cancel} />}
      {look.isError && <ProblemNote error={look.error} />}
      {step && mapping && (
        <>
          <MappingFields columns={step.seen.columns} mapping={mapping} onChange={setMapping} />
          {mayBackfill && (
            <Checkbox
              label="Also take events that are more than 45 days old"
              checked={backfill}
              onChange={(event) => setBackfill(event.currentTarget.checked)}
            />
          )}
          <section className="tile stack" aria-labelledby="would">
            <h2 id="would" className="tile-title">
              What would become of it
            </h2>
            {step.seen.problem ? (
              <p role="alert">{step.seen.problem}</p>
            ) : (
              <UploadOutcome upload={step.seen} />
            )}
            {load.sending && <UploadProgress sending={load.sending} onCancel={load.cancel} />}
            {load.isError && <ProblemNote error={load.error} />}
            <div className="row">
              <Button
                variant="default"
                loading={look.isPending}
                onClick={() => look.mutate({ file: step.file, by: mapping })}
              >
                Look again
              </Button>
              <Button
                loading={load.isPending}
                disabled={mapping !== step.seen.mapping || step.seen.accepted === 0}
                onClick={() => load.mutate({ file: step.file, by: mapping })}
              >
                {`Load ${step.seen.accepted} events`}
              </Button>
            </div>
            {mapping !== step.seen.mapping && (
              <p className="small quiet">The columns were changed: look again before you load.</p>
            )}
          </section>
        </>
      )}
    </div>
  );
}
