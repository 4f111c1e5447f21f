import type { Connection } from '../login/connections.ts';
import type { CompletedSignIn } from '../login/sign-in.ts';

/** An id that several connections know the same account by. */
export interface SharedId {
  /** Ids are comparable within one space only. */
  readonly space: string;
  readonly value: string;
}

/** The cross-app id of an arrival. */
export function sharedIdOf({
  connection,
  account,
}: Pick<CompletedSignIn, 'connection' | 'account'>): SharedId | undefined {
  const space = spaceOf(connection);
  const { sharedId } = connection.connector;
  const value = sharedId && account.alternates[sharedId];
  return space === undefined || value === undefined ? undefined : { space, value };
}

/**
 * An id counts among connections of one family that ask at the same hosts: one from elsewhere, e.g. of a test server,
 * must open nobody's account.
 */
function spaceOf({ connector, registration }: Connection): string | undefined {
  const { endpoints, options } = registration;
  const asked = [endpoints.token, endpoints.userinfo ?? endpoints.token];
  const origins = [...new Set(asked.map((url) => new URL(url).origin))];
  return connector.sharedId && [connector.sharedId, ...origins, options.family ?? ''].join(' ');
}

/** By connection id, as things stand now: an operator may have moved a connection to another family or host since. */
export function spacesOf(connections: readonly Connection[]): ReadonlyMap<string, string> {
  const spaces = connections.map((connection) => [connection.id, spaceOf(connection)] as const);
  return new Map(spaces.filter((pair): pair is [string, string] => pair[1] !== undefined));
}
