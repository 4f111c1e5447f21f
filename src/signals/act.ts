import type { Signal } from '../connectors/signal.ts';
import type { Identity } from '../identities/identities.ts';
import type { Events } from '../kit/events.ts';
import type { Connection } from '../login/connections.ts';
import type { Vault } from '../vault/vault.ts';

export interface ActDeps {
  readonly vault: Pick<Vault, 'heardDead' | 'askWhetherAlive'>;
  readonly events: Events;
  /** Removes an account, and its user when nothing else is linked. */
  readonly forget: (identity: { readonly userId: string; readonly identityId: string }) => Promise<void>;
}

export interface Meant {
  readonly connection: Connection;
  readonly identity: Identity;
}

/** Does what a verified message means for one account. */
export async function act(
  { vault, events, forget }: ActDeps,
  { connection, identity }: Meant,
  { means, at }: Signal,
): Promise<void> {
  const { id: identityId, userId } = identity;
  const target = { identityId, userId, connection };
  const subject = { identityId, userId, connection: connection.alias };
  await events.record({ type: 'signal.received', ...subject, detail: { means: means.kind } });
  switch (means.kind) {
    case 'grant-dead':
      // Without a time a repeated message could end what was granted after it, so the provider is asked.
      if (at) await vault.heardDead(target, { reason: means.reason, at });
      else await vault.askWhetherAlive(target);
      return;
    case 'doubt':
      return await vault.askWhetherAlive(target);
    case 'data-deletion':
      return await forget({ userId, identityId });
  }
}
