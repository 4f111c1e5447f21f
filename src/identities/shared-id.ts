import type { Arrival } from '../login/arrival.ts';

/** An id that several connections know the same account by. */
export interface SharedId {
  /** Ids are comparable within one space only. */
  readonly space: string;
  readonly value: string;
}

/**
 * The cross-app id of an arrival. It counts among connections of one family at one host: an id from elsewhere, e.g. of
 * a test server, must open nobody's account.
 */
export function sharedIdOf({
  connection,
  account,
}: Pick<Arrival, 'connection' | 'account'>): SharedId | undefined {
  const { connector, registration } = connection;
  const { sharedId } = connector;
  const value = sharedId && account.alternates[sharedId];
  if (!sharedId || value === undefined) return undefined;
  const { origin } = new URL(registration.endpoints.token);
  return { space: [sharedId, origin, registration.options.family ?? ''].join(' '), value };
}
