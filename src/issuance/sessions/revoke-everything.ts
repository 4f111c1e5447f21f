import { setTimeout as pause } from 'node:timers/promises';
import { after, seconds } from '../../kit/clock.ts';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { SigningKeys } from '../keys/signing-keys.ts';
import type { Revocations } from '../revocation/revocations.ts';
import { systemTime } from '../system-time.ts';

/** Revokes everything that any process issues until it resolves. Returns the number of deleted artifacts. */
export type RevokeEverything = () => Promise<number>;

export interface RevokeEverythingDeps {
  readonly revocations: Pick<Revocations, 'revokeAllUntil'>;
  readonly keys: Pick<SigningKeys, 'rotate'>;
  readonly artifacts: Pick<ArtifactStore, 'dropSome'>;
}

/** Every process receives the revocation within this time. Tokens issued until then are revoked too. */
const propagation = seconds(5);
const batch = 5_000;

/**
 * Revokes everything after a restore of the database from a backup. The revocations since that backup are lost, so all
 * tokens must end. New signing keys end the tokens at APIs that verify offline. The rows are deleted. A revocation up to a
 * moment covers artifacts that a process has read before that and stores after it.
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
    const until = after(systemTime(), propagation);
    await revocations.revokeAllUntil(until);
    // The next key may have signed since the backup, so both keys are replaced.
    await keys.rotate({ compromised: true });
    await keys.rotate({ compromised: true });
    const dropped = await dropAll();
    // Tokens have times in whole seconds, hence the second more.
    await pause(until.getTime() - systemTime().getTime() + seconds(1));
    return dropped + (await dropAll());
  };
}
