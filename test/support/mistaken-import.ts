import type { Options } from '../../src/connectors/contract/options.ts';
import { createUserImportStore } from '../../src/identities/user-import-store.ts';
import { newId } from '../../src/kit/ids.ts';
import type { VaultWorld } from './vault-world.ts';

interface Mistaken {
  readonly subject: string;
  /** The person whose tokens the account has. */
  readonly of?: string;
  /** The user who gets the account, if not a new one. */
  readonly userId?: string;
}

/** Stores a user as earlier versions imported them: under the exported id as it is. */
export async function importedAs(world: VaultWorld, alias: string, { subject, of, userId: known }: Mistaken) {
  const { database, rowTags, clock } = world;
  const connection = await world.connection(alias);
  const [id, userId] = [newId('idn'), known ?? newId('usr')];
  const profile = { alternates: {}, name: null, picture: null, email: null, emailVerified: false };
  const { issuer } = connection.registration;
  const identity = {
    id,
    userId,
    connectionId: connection.id,
    issuer,
    subject,
    ...profile,
    shared: undefined,
  };
  const times = { createdAt: undefined, lastLoginAt: undefined };
  const user = { id: userId, name: null, picture: null, disabled: false, ...times };
  const batch = { users: known === undefined ? [user] : [], identities: [identity] };
  await createUserImportStore(database.pool, rowTags).insert(batch, clock.now());
  if (of !== undefined) {
    const { tokens } = await world.arrive(alias, of);
    await world.vault.storeTokens({ userId, identityId: id, subject, connection, tokens });
  }
  return { userId, identityId: id };
}

/** Adds a connection at the same lab provider, with other options. */
export async function connectionWith(
  world: VaultWorld,
  alias: string,
  { like, options }: { readonly like: string; readonly options: Options },
): Promise<void> {
  const { connector, registration } = await world.connection(like);
  const { clientId: client_id, clientSecret, endpoints, issuer } = registration;
  await world.connections.create({
    ...{ alias, provider: connector.provider, client_id, client_secret: clientSecret?.reveal() },
    ...{ endpoints: { ...endpoints, issuer }, options, scopes: [], enabled: true, for: 'login' },
  });
}
