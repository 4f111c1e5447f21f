import { setTimeout as pause } from 'node:timers/promises';
import { after, seconds } from '../../kit/clock.ts';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { SigningKeys } from '../keys/signing-keys.ts';
import { oidcTime } from '../oidc-time.ts';
import type { Revocations } from '../revocation/revocations.ts';

/** Ends whatever was issued until it resolves, to whomever and by whichever process. Answers how much was dropped. */
export type RevokeEverything = () => Promise<number>;

export interface RevokeEverythingDeps {
  readonly revocations: Pick<Revocations, 'revokeAllUntil'>;
  readonly keys: Pick<SigningKeys, 'rotate'>;
  readonly artifacts: Pick<ArtifactStore, 'dropSome'>;
}

/** Within so long every process has heard of it; what one issues before is ended too. */
const untilHeard = seconds(5);
const batch = 5_000;

/**
 * After a restore of the database. What was ended since the backup would count again, and nobody knows what that was;
 * so nothing does. Each of the three would do in peace: keys, for APIs that verify by themselves; rows; and the moment,
 * for what a process has read before and writes after.
 */
export function createRevokeEverything({
  revocations,
  keys,
  artifacts,
}: RevokeEverythingDeps): RevokeEverything {
  const dropAll = async () => {
    let dropped = 0;
    for (let count = batch; count === batch; dropped += count) count = await artifacts.dropSome(batch);
    return dropped;
  };

  return async () => {
    const moment = after(oidcTime(), untilHeard);
    await revocations.revokeAllUntil(moment);
    // The key that was to sign next may have signed since the backup was made, so it goes as well.
    await keys.rotate({ compromised: true });
    await keys.rotate({ compromised: true });
    const dropped = await dropAll();
    await pause(moment.getTime() - oidcTime().getTime() + seconds(1));
    return dropped + (await dropAll());
  };
}
