import type { Connection } from '../login/connections.ts';
import type { CompletedSignIn } from '../login/sign-in.ts';

/** An id under which several connections know the same account. */
export interface SharedId {
  /** Ids are comparable within one space only. */
  readonly space: string;
  readonly value: string;
}

/** Returns the shared id of a sign-in, if its connector declares one and the provider sent it. */
export function sharedIdOf({
  connection,
  account,
}: {
  readonly connection: Connection;
  readonly account: Pick<CompletedSignIn['account'], 'alternates'>;
}): SharedId | undefined {
  const space = spaceOf(connection);
  const { sharedId } = connection.connector;
  const value = sharedId && account.alternates[sharedId];
  return space === undefined || value === undefined ? undefined : { space, value };
}

/**
 * Returns the space of a connection. Ids are comparable among connections of one family that use the same hosts. An id from
 * another host, e.g. a test server, must not give access to an account.
 */
function spaceOf({ connector, registration }: Connection): string | undefined {
  const { endpoints, options } = registration;
  const addresses = [endpoints.token, endpoints.userinfo ?? endpoints.token];
  const origins = [...new Set(addresses.map((url) => new URL(url).origin))];
  return connector.sharedId && [connector.sharedId, ...origins, options.family ?? ''].join(' ');
}

/** Returns the present space of each connection. An admin may have changed a connection's family or host. */
export function spacesOf(connections: readonly Connection[]): ReadonlyMap<string, string> {
  const spaces = connections.map((connection) => [connection.id, spaceOf(connection)] as const);
  return new Map(spaces.filter((pair): pair is [string, string] => pair[1] !== undefined));
}
