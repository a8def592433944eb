import type { Provenance } from '@/api/types';
import { signedLook } from '@/lib/signed';
import { Pill } from './Pill';

/** Whether a version is signed, and by whom; the whole sentence on hovering. */
export function SignedPill({ provenance }: { provenance?: Provenance | null }) {
  const look = signedLook(provenance);
  if (!look) return null;
  return (
    <Pill tone={look.tone} icon={look.icon} title={look.sentence}>
      {look.words}
    </Pill>
  );
}
