import type { Connector } from '../contract/contract.ts';
import type { Endpoints, Registration } from '../contract/registration.ts';

// A token set goes only to the origins (RFC 6454) that were the provider's when it was issued. An admin who moves an
// endpoint, or a hand that writes into the database, gets no stored token with it.

/** `account`: a request for the account of a token. `serve`: for an app, which sends the token to the API itself. */
export type TokenUse = 'serve' | 'refresh' | 'account' | 'revoke';

/** The addresses that an act may send a stored token to. Connectors derive all others from these. */
const renewing = ['token', 'refresh', 'api'] as const;
const addressesOf: Readonly<Record<TokenUse, readonly (keyof Endpoints)[]>> = {
  // A set that could not be refreshed any more is not handed out either, so that the person is told at once.
  serve: renewing,
  refresh: renewing,
  account: [...renewing, 'userinfo'],
  revoke: [...renewing, 'userinfo', 'revocation'],
};

/** The provider that a connection reaches. */
export interface Reached {
  readonly connector: Pick<Connector, 'sameProviderOrigins'>;
  readonly registration: Pick<Registration, 'endpoints' | 'unmarkedOrigins'>;
}

/** The stored tokens would go to an origin that they were not issued by. */
export class OriginChangedError extends Error {
  override readonly name = 'OriginChangedError';

  constructor() {
    super('the connection has moved to an origin that these tokens were not issued by');
  }
}

/** Returns the origins to which tokens of this registration go. They are sealed with each token set. */
export function tokenOrigins({ endpoints }: Pick<Registration, 'endpoints'>): readonly string[] {
  return originsAt(endpoints, addressesOf.revoke);
}

/**
 * Returns whether this use would send the tokens to an origin that is not one of theirs. Undefined origins: an earlier
 * version of the broker stored the set, so it is of the connection's addresses at the upgrade.
 */
export function isMoved(
  { connector, registration }: Reached,
  origins: readonly string[] | undefined,
  use: TokenUse,
): boolean {
  const own = new Set(origins ?? registration.unmarkedOrigins ?? tokenOrigins(registration));
  return destinations(registration, use).some(
    (origin) => !own.has(origin) && !isSame(connector, origin, own),
  );
}

/** @throws OriginChangedError */
export function requireOwnOrigins(
  reached: Reached,
  { origins }: { readonly origins?: readonly string[] | undefined },
  use: TokenUse,
): void {
  if (isMoved(reached, origins, use)) throw new OriginChangedError();
}

/** Returns whether the connector says that this origin is the same provider as one of the others. */
export function isSame(
  { sameProviderOrigins = [] }: Pick<Connector, 'sameProviderOrigins'>,
  origin: string,
  others: ReadonlySet<string>,
): boolean {
  return sameProviderOrigins.includes(origin) && sameProviderOrigins.some((other) => others.has(other));
}

/** By registration, which never changes: each retrieval asks. */
const known = new WeakMap<object, Map<TokenUse, readonly string[]>>();

/** Returns the origins to which this use sends a token. */
export function destinations(registration: Reached['registration'], use: TokenUse): readonly string[] {
  const uses = known.get(registration) ?? new Map<TokenUse, readonly string[]>();
  known.set(registration, uses);
  const found = uses.get(use) ?? originsAt(registration.endpoints, addressesOf[use]);
  uses.set(use, found);
  return found;
}

function originsAt(endpoints: Endpoints, names: readonly (keyof Endpoints)[]): readonly string[] {
  return [
    ...new Set(names.flatMap((name) => endpoints[name] ?? []).map((address) => new URL(address).origin)),
  ];
}
