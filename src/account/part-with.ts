import type { BrowserSessionStore } from '../http/browser-session-store.ts';
import type { Identities } from '../identities/identities.ts';
import type { Issuance } from '../issuance/issuance.ts';
import { Problem } from '../kit/problem.ts';
import type { Connections } from '../login/connections.ts';
import type { Leaving, Vault } from '../vault/vault.ts';

/** Unlinks an account for good. Answers what became of its grant. @throws Problem identity_not_found, last_identity */
export type PartWith = (farewell: Farewell) => Promise<Leaving>;

export interface Farewell {
  readonly userId: string;
  readonly identityId: string;
  /** The session in which the person does this; it goes on. */
  readonly sessionId?: string | undefined;
}

export interface PartWithDeps {
  readonly identities: Pick<Identities, 'ofUser' | 'unlink'>;
  readonly connections: Pick<Connections, 'all'>;
  readonly vault: Pick<Vault, 'revokeUpstream'>;
  readonly issuance: Pick<Issuance, 'revokeUser'>;
  readonly sessions: BrowserSessionStore;
}

export function createPartWith(deps: PartWithDeps): PartWith {
  const { identities, vault, issuance, sessions } = deps;

  return async ({ userId, identityId, sessionId }) => {
    const mine = await identities.ofUser(userId);
    const identity = mine.find(({ id }) => id === identityId);
    if (!identity) throw new Problem('identity_not_found');
    // What unlinking will refuse must not have ended anything at the provider before.
    if (await isLastWayIn(deps, { userId, identityId })) throw new Problem('last_identity');
    const connection = (await deps.connections.all()).find(({ id }) => id === identity.connectionId);
    const { subject } = identity;
    const leaving = connection
      ? await vault.revokeUpstream({ identityId, userId, connection, subject })
      : 'nothing held';
    await identities.unlink(userId, identityId);
    // Whoever came in by this account may still be here under another session.
    await issuance.revokeUser(userId);
    await sessions.endOthers(userId, sessionId);
    return leaving;
  };
}

/** Whether nothing to sign in with would be left. */
export async function isLastWayIn(
  { identities, connections }: Pick<PartWithDeps, 'identities' | 'connections'>,
  { userId, identityId }: { readonly userId: string; readonly identityId: string },
): Promise<boolean> {
  const [mine, known] = await Promise.all([identities.ofUser(userId), connections.all()]);
  const signIn = known.filter(({ enabled, purpose }) => enabled && purpose === 'login').map(({ id }) => id);
  return !mine.some(({ id, connectionId }) => id !== identityId && signIn.includes(connectionId));
}
