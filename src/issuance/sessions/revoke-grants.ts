import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { outlivesSession } from '../consent/grant-lifetime.ts';
import type { Revocations } from '../revocation/revocations.ts';

export interface RevokeGrantDeps {
  readonly artifacts: Pick<ArtifactStore, 'dropByGrant' | 'grantsOfSession'>;
  readonly revocations: Pick<Revocations, 'add'>;
}

/** Revokes a grant and everything issued under it. */
export async function revokeGrant(
  { artifacts, revocations }: RevokeGrantDeps,
  grantId: string,
): Promise<void> {
  await revocations.add('grant', grantId);
  for (const kind of ['Grant', 'AccessToken', 'AuthorizationCode', 'RefreshToken']) {
    await artifacts.dropByGrant(kind, grantId);
  }
}

/** Revokes the session's grants of all apps, except those with `offline_access`. */
export async function revokeGrantsOfSession(deps: RevokeGrantDeps, uid: string): Promise<void> {
  for (const { grantId, payload } of await deps.artifacts.grantsOfSession(uid)) {
    if (!outlivesSession(payload)) await revokeGrant(deps, grantId);
  }
}
