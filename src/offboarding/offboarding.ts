import type { Edit } from '../kit/versions.ts';
import type { RevocationOutcome } from '../vault/upstream-revocation/queued-revocation.ts';
import { createConnectionEndings } from './connection-endings.ts';
import { createEraseAccount } from './erase-account.ts';
import { createEraseUser, createRemoveUser } from './erase-user.ts';
import { createMergeRows, createMergeUsers } from './merge-users.ts';
import type {
  ConnectionRemoval,
  IdentityOfUser,
  MergedUsers,
  OffboardingDeps,
  RemovalDeps,
  Removals,
} from './ports.ts';
import { createConnectionRemovals, createRemoveConnection } from './remove-connection.ts';
import { createUnlink, createUnlinkIdentity, type Unlinking } from './unlink-identity.ts';

/**
 * The use cases that end something across rooms: unlink an identity, erase a user, merge two users, remove a connection.
 * This room opens the transaction and decides the order of the calls: identities, vault, issuance, the sessions of the
 * account page, events. It has no table and no page of its own, and does not check who may ask: the account page, the
 * admin API and signals do. It hands provider grants on to the vault's queue of upstream revocations.
 */
export interface Offboarding {
  /** @throws Problem identity_not_found, last_identity */
  unlinkIdentity(unlinking: Unlinking): Promise<RevocationOutcome>;
  /** @throws Problem not_found */
  eraseUser(userId: string, reason?: string): Promise<void>;
  /** Unlinks an identity whose provider asks for deletion, or erases its user. */
  eraseAccount(identity: IdentityOfUser): Promise<void>;
  /** @throws Problem conflict */
  mergeUsers(users: MergedUsers): Promise<void>;
  /** @throws Problem not_found */
  removeConnection(alias: string, edit?: Edit): Promise<ConnectionRemoval>;
  /** Returns the counts of a removal, and removes nothing. @throws Problem not_found */
  previewRemoval(alias: string): Promise<ConnectionRemoval>;
  /** Ends the sessions that began at a connection, as when it is disabled. @throws Problem not_found */
  endSessionsOfConnection(alias: string): Promise<void>;
  /** Ends what is queued after removals of connections. */
  readonly runConnectionEndings: () => Promise<void>;
  /** Ends the work of this process after its present batch. */
  close(): Promise<void>;
}

export function createOffboarding(deps: OffboardingDeps): Offboarding {
  const unlinkIdentity = createUnlinkIdentity(deps);
  const endings = createConnectionEndings(deps);
  return {
    unlinkIdentity,
    eraseUser: createEraseUser(deps),
    eraseAccount: createEraseAccount({ ...deps, unlinkIdentity }),
    mergeUsers: createMergeUsers(deps),
    removeConnection: createRemoveConnection(deps, endings),
    previewRemoval: deps.removals.previewRemoval,
    async endSessionsOfConnection(alias) {
      await deps.removals.queueEndOfSessions(alias);
      await endings.attemptNow();
    },
    runConnectionEndings: endings.run,
    close: endings.end,
  };
}

export function createRemovals(deps: RemovalDeps): Removals {
  return {
    unlink: createUnlink(deps),
    eraseUser: createRemoveUser(deps),
    mergeUsers: createMergeRows(deps),
    ...createConnectionRemovals(deps),
  };
}
