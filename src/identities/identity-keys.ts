import { issuersOf } from '../connectors/contract/registration.ts';
import type { Connections } from '../login/connections.ts';
import type { CompletedSignIn } from '../login/sign-in.ts';
import type { IdentityKey } from './identity-store.ts';

type Settling = Omit<CompletedSignIn, 'resume'>;

/** Under which a new identity is kept. */
export function keyOf({ connection, account }: Settling): IdentityKey {
  return { connectionId: connection.id, issuer: connection.registration.issuer, subject: account.subject };
}

/** Under which this account may be known, in the order of their weight. */
export function keysOf(arrival: Settling): readonly IdentityKey[] {
  const key = keyOf(arrival);
  return issuersOf(arrival.connection.registration).map((issuer) => ({ ...key, issuer }));
}

/** The issuer may have been put right, and the identities with it, while this person was at the provider. */
export async function underOtherIssuer(
  arrival: Settling,
  connections: Pick<Connections, 'findNow'>,
): Promise<Settling | undefined> {
  const { id, alias, upstream, registration } = arrival.connection;
  const connection = await connections.findNow(alias);
  // There is one upstream for each state of a connection.
  if (connection?.id !== id || connection.upstream === upstream) return undefined;
  return connection.registration.issuer === registration.issuer ? undefined : { ...arrival, connection };
}
