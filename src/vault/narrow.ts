import { UpstreamError } from '../connectors/failures.ts';
import { after, seconds } from '../kit/clock.ts';
import { createRecent } from '../kit/recent.ts';
import { createFlights } from './flights.ts';
import type { FreshResult, FreshToken } from './fresh-result.ts';
import { openHolding } from './holding.ts';
import type { RefreshDeps, RefreshTarget } from './refresh-deps.ts';

/** The token of an entry, and the scopes that whoever gets it may have. */
export interface Wide {
  readonly token: FreshToken;
  readonly within: readonly string[];
  /** Milliseconds. */
  readonly minTtl: number;
}

/**
 * A token of fewer scopes than the grant has, where the provider issues such (RFC 6749 section 6). It is kept in this
 * process's memory as long as the entry it was made from is unchanged, and never stored.
 * @throws UpstreamError
 */
export type Narrow = (target: RefreshTarget, wide: Wide) => Promise<FreshResult>;

interface Narrowed {
  readonly token: FreshToken;
  readonly madeAt: Date;
}

const remembered = 10_000;
/** A wish for a longer life than such tokens have is granted the newest one, made at most this often. */
const longWishInterval = seconds(30);

export function createNarrow({ store, keyring, clock, circuitOf }: RefreshDeps): Narrow {
  const made = createRecent<Narrowed>(remembered);
  const join = createFlights<Narrowed>();

  async function make(
    { identityId, connection }: RefreshTarget,
    token: FreshToken,
    scopes: readonly string[],
  ): Promise<Narrowed> {
    const entry = await store.find(identityId);
    // Without a refresh token there is nothing to narrow with.
    if (!entry?.refreshable) return { token, madeAt: clock.now() };
    const { tokens } = openHolding(keyring, entry);
    const issued = await circuitOf(connection.id).run('refresh', () =>
      connection.upstream.narrow(tokens, scopes),
    );
    const madeAt = clock.now();
    const { accessToken, expiresIn, parameters } = issued;
    const expiresAt = expiresIn === undefined ? null : after(madeAt, seconds(expiresIn));
    const narrow = { ...token, accessToken, expiresAt, parameters, scopes: issued.scopes ?? scopes };
    return { token: narrow, madeAt };
  }

  return async (target, { token, within, minTtl }) => {
    const { narrows = false } = target.connection.connector.refresh;
    if (!narrows || token.scopes.every((scope) => within.includes(scope))) return token;
    const scopes = token.scopes.filter((scope) => within.includes(scope));
    if (scopes.length === 0) return { kind: 'out_of_scope' };

    const key = [target.identityId, token.version, ...scopes].join(' ');
    const known = made.get(key);
    if (known && isGood(known, { minTtl, now: clock.now() })) return known.token;
    const fresh = await join(key, () => make(target, token, scopes));
    made.set(key, fresh);
    return fresh.token;
  };
}

function isGood({ token: { expiresAt }, madeAt }: Narrowed, ask: { minTtl: number; now: Date }): boolean {
  if (expiresAt === null || expiresAt >= after(ask.now, ask.minTtl)) return true;
  return expiresAt > ask.now && after(madeAt, longWishInterval) > ask.now;
}

/** What a failure to narrow answers; undefined when it says that the grant itself may be dead. */
export function narrowingFailed(error: unknown): FreshResult | undefined {
  if (!(error instanceof UpstreamError)) throw error;
  const { failure, step } = error;
  if (failure.kind === 'grant-dead') return undefined;
  if (failure.kind === 'unavailable' || failure.kind === 'rate-limited')
    return { kind: 'provider_unavailable', retryAfter: seconds(2) };
  return { kind: 'provider_error', step };
}
