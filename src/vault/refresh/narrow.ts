import { UpstreamError } from '../../connectors/contract/failures.ts';
import { missingScopes } from '../../connectors/contract/scope-cover.ts';
import { foreignClaim } from '../../connectors/engine/refreshed-id-token.ts';
import { createCache } from '../../kit/cache.ts';
import { after, seconds } from '../../kit/clock.ts';
import { createSingleFlight } from '../../kit/single-flight.ts';
import type { Entry } from '../entry.ts';
import { openStoredSet } from '../stored-set.ts';
import { isOtherClients } from './decide.ts';
import type { FreshResult, FreshToken } from './fresh-result.ts';
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
  readonly result: FreshToken | TooWide;
  readonly madeAt: Date;
}

/** The provider has issued more than was asked for: no app gets that. */
type TooWide = Extract<FreshResult, { kind: 'too_wide' }>;

const mostNarrowed = 10_000;
/** A wish for a longer life than such tokens have is granted the newest one, made at most this often. */
const longWishInterval = seconds(30);

export function createNarrow({ store, keyring, clock, circuitOf }: RefreshDeps): Narrow {
  // No TTL: whether a token will do depends on the life that the request asks for (`isGood`).
  const made = createCache<Narrowed>({ max: mostNarrowed });
  const join = createSingleFlight<Narrowed>();

  async function make(
    { connection, subject }: RefreshTarget,
    { entry, token, scopes, within }: Making,
  ): Promise<Narrowed> {
    const { tokens } = openStoredSet(keyring, entry);
    // Before the call: its answer may be read much later than it was given.
    const madeAt = clock.now();
    const issued = await circuitOf(connection.id).run('refresh', () =>
      connection.upstream.narrow(tokens, scopes),
    );
    if (foreignClaim({ ...connection, subject }, issued.idTokenClaims)) throw foreign();
    // RFC 6749 section 6: an answer without a scope has the one that was asked for.
    const { accessToken, parameters, scopes: granted = scopes } = issued;
    if (missingScopes(connection.connector, within, granted).length > 0)
      return { result: { kind: 'too_wide' }, madeAt };
    const expiresIn = issued.statedLifetime ?? tokens.accessLifetime ?? issued.expiresIn;
    const expiresAt = expiresIn === undefined ? null : after(madeAt, seconds(expiresIn));
    return { result: { ...token, accessToken, expiresAt, parameters, scopes: granted }, madeAt };
  }

  return async (target, { token, within, minTtl }) => {
    const { connector } = target.connection;
    const { narrows } = connector.refresh;
    const beyond = new Set(missingScopes(connector, within, token.scopes));
    if (!narrows || beyond.size === 0) return token;
    const scopes = token.scopes.filter((scope) => !beyond.has(scope));
    if (scopes.length === 0) return { kind: 'out_of_scope' };

    const key = [target.identityId, token.version, ...scopes].join(' ');
    const known = made.get(key);
    if (known && isGood(known, { minTtl, now: clock.now() })) return withWait(known.result, token.waited);
    const entry = await store.find(target.identityId);
    if (!entry) return { kind: 'missing' };
    if (isOtherClients(entry, target.connection.registration.clientId)) throw anothers();
    // Without a refresh token there is nothing to narrow with; where a token can be narrowed, a consent brings one.
    if (!entry.refreshable)
      return narrows === 'by-resource'
        ? { kind: 'too_wide' }
        : { kind: 'reauthorization_required', reason: 'not_refreshable', since: entry.depositedAt };
    const fresh = await join(key, () => make(target, { entry, token, scopes, within }));
    made.set(key, fresh);
    return withWait(fresh.result, true);
  };
}

/** The code that decides about the grant as a whole says what that means. */
function anothers(): UpstreamError {
  return new UpstreamError('refresh', { kind: 'grant-dead', reason: 'not_refreshable' });
}

function withWait(result: Narrowed['result'], waited: boolean): FreshResult {
  return result.kind === 'token' ? { ...result, waited } : result;
}

interface Making {
  readonly entry: Entry;
  readonly token: FreshToken;
  readonly scopes: readonly string[];
  readonly within: readonly string[];
}

/** A refresh of the whole grant finds out whether it is another's altogether. */
function foreign(): UpstreamError {
  return new UpstreamError('refresh', { kind: 'grant-dead', reason: 'rejected' }, { code: 'another_person' });
}

function isGood({ result, madeAt }: Narrowed, ask: { minTtl: number; now: Date }): boolean {
  // Asked again, the provider would not issue less.
  if (result.kind === 'too_wide') return true;
  const { expiresAt } = result;
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
