import type { BrowserSessionStore } from '../http/browser-session-store.ts';
import type { Identities } from '../identities/identities.ts';
import type { Issuance } from '../issuance/issuance.ts';
import type { RevocationOutcome } from '../vault/upstream-revocation/queued-revocation.ts';
import type { UpstreamRevocations } from '../vault/upstream-revocation/upstream-revocations.ts';
import type { AccountDeps } from './ports.ts';

/** Unlinks an account for good. Answers what became of its grant. @throws Problem identity_not_found, last_identity */
export type PartWith = (farewell: Farewell) => Promise<RevocationOutcome>;

export interface Farewell {
  readonly userId: string;
  readonly identityId: string;
  /** The session in which the person does this; it goes on. */
  readonly sessionId?: string | undefined;
  /** Also when the only way in that is left is switched off just now. */
  readonly switchedOffCounts?: boolean;
}

export interface PartWithDeps {
  readonly identities: Pick<Identities, 'unlink'>;
  readonly upstreamRevocations: Pick<UpstreamRevocations, 'attemptNow' | 'outcome'>;
  readonly issuance: Pick<Issuance, 'revokeUser'>;
  readonly sessions: BrowserSessionStore;
}

export function createPartWith({
  identities,
  upstreamRevocations,
  issuance,
  sessions,
}: PartWithDeps): PartWith {
  return async ({ userId, identityId, sessionId, switchedOffCounts }) => {
    // Its grant leaves the vault with it, or, where this is refused, neither does.
    await identities.unlink(userId, identityId, { switchedOffCounts });
    // Whoever came in by this account may still be here under another session.
    await issuance.revokeUser(userId);
    await sessions.endOthers(userId, sessionId);
    await upstreamRevocations.attemptNow({ identityId });
    return await upstreamRevocations.outcome(identityId);
  };
}

/** Whether nothing to sign in with would be left. */
export async function isLastWayIn(
  { identities, connections }: Pick<AccountDeps, 'identities' | 'connections'>,
  { userId, identityId }: { readonly userId: string; readonly identityId: string },
): Promise<boolean> {
  const [mine, known] = await Promise.all([identities.ofUser(userId), connections.all()]);
  const signIn = known.filter(({ enabled, purpose }) => enabled && purpose === 'login').map(({ id }) => id);
  return !mine.some(({ id, connectionId }) => id !== identityId && signIn.includes(connectionId));
}
