import type { Signal } from '../connectors/contract/signal.ts';
import type { Identity } from '../identities/identities.ts';
import type { Events } from '../kit/events/events.ts';
import type { Connection } from '../login/connections.ts';
import type { Vault } from '../vault/vault.ts';

export interface ActDeps {
  readonly vault: Pick<Vault, 'noteGrantEnded' | 'verifyGrant'>;
  readonly events: Events;
  /** Removes an account, and its user when nothing else is linked to sign in with. */
  readonly eraseAccount: (identity: {
    readonly userId: string;
    readonly identityId: string;
  }) => Promise<void>;
  /** Ends our sessions that stand by the provider's word. Answers whose they were. */
  readonly signOut: (begun: {
    readonly connectionId: string;
    /** Undefined: whoever has the session named. */
    readonly identityIds: readonly string[] | undefined;
    readonly sid: string | undefined;
  }) => Promise<readonly string[]>;
}

export interface Meant {
  readonly connection: Connection;
  readonly identities: readonly Identity[];
}

/** Does what a verified message means for the accounts that it speaks of. */
export async function act(deps: ActDeps, { connection, identities }: Meant, signal: Signal): Promise<void> {
  const { means, subject } = signal;
  for (const identity of identities) {
    const about = { identityId: identity.id, userId: identity.userId, connection: connection.alias };
    await deps.events.record({ type: 'signal.received', ...about, detail: { means: means.kind } });
    await actOnOne(deps, { connection, identity }, signal);
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

async function actOnOne(
  { vault, eraseAccount }: ActDeps,
  { connection, identity }: { readonly connection: Connection; readonly identity: Identity },
  { means, at }: Signal,
): Promise<void> {
  const { id: identityId, userId, subject } = identity;
  const target = { identityId, userId, subject, connection };
  switch (means.kind) {
    case 'grant-dead':
      // Without a time a repeated message could end what was granted after it, so the provider is asked.
      if (at) await vault.noteGrantEnded(target, { reason: means.reason, at });
      else await vault.verifyGrant(target);
      return;
    case 'doubt':
      return await vault.verifyGrant(target);
    case 'data-deletion':
      return await eraseAccount({ userId, identityId });
    case 'signed-out':
      return;
  }
}
