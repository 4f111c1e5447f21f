import { issuersOf } from '../connectors/contract/registration.ts';
import type { Connections } from '../login/connections.ts';
import type { VerifiedSignIn } from '../login/sign-in.ts';
import type { IdentityKey } from './identity-store.ts';

/** Returns the key of a new identity. */
export function keyOf({ connection, account }: VerifiedSignIn): IdentityKey {
  return { connectionId: connection.id, issuer: connection.registration.issuer, subject: account.subject };
}

/** Returns the keys under which the identity may be stored, the preferred one first. */
export function keysOf(signIn: VerifiedSignIn): readonly IdentityKey[] {
  const key = keyOf(signIn);
  return issuersOf(signIn.connection.registration).map((issuer) => ({ ...key, issuer }));
}

/**
 * Returns the sign-in with the connection as it is now, if an admin corrected its issuer during the sign-in. The identities
 * were moved to the new issuer then.
 */
export async function underOtherIssuer(
  signIn: VerifiedSignIn,
  connections: Pick<Connections, 'findNow'>,
): Promise<VerifiedSignIn | undefined> {
  const { id, alias, upstream, registration } = signIn.connection;
  const connection = await connections.findNow(alias);
  // Each version of a connection has its own upstream object.
  if (connection?.id !== id || connection.upstream === upstream) return undefined;
  return connection.registration.issuer === registration.issuer ? undefined : { ...signIn, connection };
}
