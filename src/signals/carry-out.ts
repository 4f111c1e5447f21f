import type { Signal } from '../connectors/contract/signal.ts';
import type { Identity } from '../identities/identities.ts';
import type { Events } from '../kit/events/events.ts';
import type { Connection } from '../login/connections.ts';
import type { Vault } from '../vault/vault.ts';

export interface CarryOutDeps {
  readonly vault: Pick<Vault, 'noteGrantEnded' | 'verifyGrant'>;
  readonly events: Events;
  /** Unlinks the identity, or erases its user when there is no other way to sign in. */
  readonly eraseAccount: (identity: {
    readonly userId: string;
    readonly identityId: string;
  }) => Promise<void>;
  /** Ends the broker's sessions that began with a sign-in at this connection. Returns their user ids. */
  readonly signOut: (begun: {
    readonly connectionId: string;
    /** Undefined: `sid` alone selects the sessions. */
    readonly identityIds: readonly string[] | undefined;
    readonly sid: string | undefined;
  }) => Promise<readonly string[]>;
}

/** The connection that sent the message, and the identities that the message is about. */
export interface Addressed {
  readonly connection: Connection;
  readonly identities: readonly Identity[];
}

/** Carries out one signal of a verified message for the identities that it is about. */
export async function carryOut(
  deps: CarryOutDeps,
  { connection, identities }: Addressed,
  signal: Signal,
): Promise<void> {
  const { means, subject } = signal;
  for (const identity of identities) {
    const about = { identityId: identity.id, userId: identity.userId, connection: connection.alias };
    await deps.events.record({ type: 'signal.received', ...about, detail: { means: means.kind } });
    await carryOutForOne(deps, { connection, identity }, signal);
  }
  if (means.kind !== 'signed-out') return;
  const identityIds = subject === undefined ? undefined : identities.map(({ id }) => id);
  const users = await deps.signOut({ connectionId: connection.id, identityIds, sid: means.sid });
  for (const userId of users)
    await deps.events.record({
      type: 'signed_out',
      userId,
      connection: connection.alias,
      detail: { by: 'provider' },
    });
}

/**
 * Carries out the part of a signal that concerns one identity's grant or data. `means`: the consequence of the
 * message. `at`: the time of the event by the provider's clock; undefined: the message states none.
 */
async function carryOutForOne(
  { vault, eraseAccount }: CarryOutDeps,
  { connection, identity }: { readonly connection: Connection; readonly identity: Identity },
  { means, at }: Signal,
): Promise<void> {
  const { id: identityId, userId, subject } = identity;
  const target = { identityId, userId, subject, connection };
  switch (means.kind) {
    case 'grant-dead':
      // A repeated message without a time could end a newer grant, so the provider is asked about the token.
      if (at) await vault.noteGrantEnded(target, { reason: means.reason, at });
      else await vault.verifyGrant(target);
      return;
    case 'doubt':
      // The message does not prove that the grant has ended, so the provider is asked.
      return await vault.verifyGrant(target);
    case 'data-deletion':
      return await eraseAccount({ userId, identityId });
    case 'signed-out':
      // The provider's grant outlives its session. `carryOut` ends our sessions once, for all identities.
      return;
  }
}
