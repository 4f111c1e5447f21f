import type { BrowserSessionStore } from '../http/browser-session-store.ts';
import type { IdentityRemovals } from '../identities/identity-removals-store.ts';
import type { Issuance } from '../issuance/issuance.ts';
import type { Database, Transaction } from '../kit/database/database.ts';
import type { Events } from '../kit/events/events.ts';
import type { Logger } from '../kit/log.ts';
import type { Edit } from '../kit/versions.ts';
import type { Connections } from '../login/connections.ts';
import type { OwnerMoves } from '../vault/owner-moves.ts';
import type { UpstreamRevocations } from '../vault/upstream-revocation/upstream-revocations.ts';

/** The rooms that the transaction of a use case writes to; `src/assembly` wires them. */
export interface RemovalDeps {
  readonly database: Pick<Database, 'prisma'>;
  readonly connections: Pick<Connections, 'all' | 'findNow' | 'lock' | 'remove' | 'invalidate'>;
  readonly identityRemovals: IdentityRemovals;
  readonly upstreamRevocations: Pick<UpstreamRevocations, 'enqueue' | 'keepConnection' | 'countHeld'>;
  readonly ownerMoves: OwnerMoves;
  /** Takes the names of an erased person out of what admins wrote. */
  readonly forgetNames: (transaction: Transaction, names: readonly string[]) => Promise<void>;
  readonly events: Pick<Events, 'record'>;
}

/**
 * The transaction of each use case with its event, and nothing else: no sign-out and no attempt at the provider. A lost
 * commit is repeated with these. The running broker attempts the queued revocations within a minute.
 */
export interface Removals {
  /** @throws Problem identity_not_found, last_identity */
  unlink(identity: IdentityOfUser, rule?: LastIdentityRule): Promise<void>;
  /** @throws Problem not_found */
  eraseUser(userId: string, reason?: string): Promise<void>;
  /** @throws Problem conflict when a provider does not say that they are one person, or one of them is disabled */
  mergeUsers(users: MergedUsers): Promise<void>;
  /** @throws Problem not_found */
  removeConnection(alias: string, edit?: Edit): Promise<ConnectionRemoval>;
  /** Returns the counts of a removal, and removes nothing. @throws Problem not_found */
  previewRemoval(alias: string): Promise<ConnectionRemoval>;
  /** Queues the end of the sessions that began at a connection. @throws Problem not_found */
  queueEndOfSessions(alias: string): Promise<void>;
}

export interface IdentityOfUser {
  readonly userId: string;
  readonly identityId: string;
}

/** Decides which of the user's other identities keep them able to sign in. */
export interface LastIdentityRule {
  /** An identity at a disabled connection counts too, and one that no sign-in has confirmed. */
  readonly dormantCounts?: boolean | undefined;
  /** An admin's reason, for the event. */
  readonly reason?: string | undefined;
}

export interface MergedUsers {
  /** The user who remains. */
  readonly into: string;
  /** The user who is deleted. */
  readonly from: string;
  /** The reason of an admin, for the event. */
  readonly reason?: string | undefined;
}

/** The number of rows that were removed with a connection. */
export interface ConnectionRemoval {
  readonly identities: number;
  /** The number of provider grants queued for upstream revocation. */
  readonly grants: number;
  /** The number of people who have no other linked account, and can no longer sign in. */
  readonly people: number;
}

/** The rooms that a use case calls around its transaction. */
export interface OffboardingDeps {
  readonly removals: Removals;
  readonly issuance: Pick<Issuance, 'revokeUser' | 'eraseUser' | 'runConnectionEndings'>;
  /** The browser sessions of the account page. */
  readonly accountSessions: Pick<BrowserSessionStore, 'endOthers' | 'endOf'>;
  readonly upstreamRevocations: Pick<UpstreamRevocations, 'attemptNow' | 'runSoon' | 'outcome'>;
  readonly log: Pick<Logger, 'error'>;
}
