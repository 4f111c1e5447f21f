import { UpstreamError } from '../../connectors/contract/failures.ts';
import { missingScopes } from '../../connectors/contract/scope-cover.ts';
import { foreignClaim } from '../../connectors/engine/refreshed-id-token.ts';
import { createCache } from '../../kit/cache.ts';
import { after, hours, seconds } from '../../kit/clock.ts';
import { createSingleFlight } from '../../kit/single-flight.ts';
import type { Entry } from '../entry.ts';
import { openStoredSet } from '../stored-set.ts';
import { isOtherClients } from './decide.ts';
import type { FreshResult, FreshToken } from './fresh-result.ts';
import type { RefreshDeps, RefreshTarget } from './refresh-deps.ts';

/** The token of an entry, and the scopes that the app may have. */
export interface Wide {
  readonly token: FreshToken;
  readonly within: readonly string[];
  /** Milliseconds. */
  readonly minTtl: number;
}

/**
 * Returns a token with fewer scopes than the grant has, where the provider issues such tokens (RFC 6749 section 6). It is
 * cached in this process until the entry changes or the token ends, and never stored.
 * @throws UpstreamError when the provider refuses the grant
 */
export type Narrow = (target: RefreshTarget, wide: Wide) => Promise<FreshResult>;

export interface Narrowing {
  readonly narrow: Narrow;
  /** Drops the tokens that have ended. */
  forgetEnded(): void;
}

/** A cached result: the narrower token, or that the provider issues none. */
interface Narrowed {
  readonly result: FreshToken | TooWide;
  readonly madeAt: Date;
}

/** The provider issued more scopes than requested, so no app gets the token. */
type TooWide = Extract<FreshResult, { kind: 'too_wide' }>;

/** Entries of the cache. */
const mostNarrowed = 10_000;
/** Milliseconds for which a token without a stated end is cached. */
const unstatedLife = hours(1);
/**
 * Milliseconds. A caller that needs more than the whole lifetime of a token gets the newest one, made at most this
 * often.
 */
const longWishInterval = seconds(30);

export function createNarrow({ store, keyring, clock, circuitOf }: RefreshDeps): Narrowing {
  // Whether a token will do before its end depends on the life that the request asks for (`isUsable`).
  const cache = createCache<Narrowed>({ max: mostNarrowed, expiry: { ttl: unstatedLife, clock } });
  const share = createSingleFlight<Narrowed>();

  function keep(key: string, narrowed: Narrowed): void {
    const { result } = narrowed;
    const end = result.kind === 'token' ? result.expiresAt : null;
    const left = end === null ? unstatedLife : end.getTime() - clock.now().getTime();
    if (left > 0) cache.set(key, narrowed, left);
  }

  async function make(
    { connection, subject }: RefreshTarget,
    { entry, token, scopes, within }: Making,
  ): Promise<Narrowed> {
    const { tokens } = openStoredSet(keyring, entry);
    // Before the call, since the answer may be read much later than it was given.
    const madeAt = clock.now();
    const issued = await circuitOf(connection.id).run('refresh', () =>
      connection.upstream.narrow(tokens, scopes),
    );
    if (foreignClaim({ ...connection, subject }, issued.idTokenClaims)) throw anotherPerson();
    // RFC 6749 section 6: an answer without a scope has the one that was asked for.
    const { accessToken, parameters, scopes: granted = scopes } = issued;
    if (missingScopes(connection.connector, within, granted).length > 0)
      return { result: { kind: 'too_wide' }, madeAt };
    const expiresIn = issued.statedLifetime ?? tokens.accessLifetime ?? issued.expiresIn;
    const expiresAt = expiresIn === undefined ? null : after(madeAt, seconds(expiresIn));
    return { result: { ...token, accessToken, expiresAt, parameters, scopes: granted }, madeAt };
  }

  const narrow: Narrow = async (target, { token, within, minTtl }) => {
    const { connector } = target.connection;
    const { narrows } = connector.refresh;
    // Scopes of the token that the app may not have.
    const beyond = new Set(missingScopes(connector, within, token.scopes));
    if (!narrows || beyond.size === 0) return token;
    const scopes = token.scopes.filter((scope) => !beyond.has(scope));
    if (scopes.length === 0) return { kind: 'out_of_scope' };

    const key = [target.identityId, token.version, ...scopes].join(' ');
    const cached = cache.get(key);
    if (cached && isUsable(cached, { minTtl, now: clock.now() }))
      return withWait(cached.result, token.waited);
    const entry = await store.find(target.identityId);
    if (!entry) return { kind: 'missing' };
    if (isOtherClients(entry, target.connection.registration.clientId)) throw otherClient();
    // Narrowing needs a refresh token. Providers that narrow issue one with a new consent.
    if (!entry.refreshable)
      return narrows === 'by-resource'
        ? { kind: 'too_wide' }
        : { kind: 'reauthorization_required', reason: 'not_refreshable', since: entry.depositedAt };
    const fresh = await share(key, () => make(target, { entry, token, scopes, within }));
    keep(key, fresh);
    return withWait(fresh.result, true);
  };
  return { narrow, forgetEnded: cache.dropExpired };
}

/** The error for tokens of another client. The decision about the whole grant gives the app its reason. */
function otherClient(): UpstreamError {
  return new UpstreamError('refresh', { kind: 'grant-dead', reason: 'not_refreshable' });
}

function withWait(result: Narrowed['result'], waited: boolean): FreshResult {
  return result.kind === 'token' ? { ...result, waited } : result;
}

/** `scopes`: those to request. `within`: those that the app may have. */
interface Making {
  readonly entry: Entry;
  readonly token: FreshToken;
  readonly scopes: readonly string[];
  readonly within: readonly string[];
}

/** The error for the ID token of another person. A refresh of the whole grant then checks the grant. */
function anotherPerson(): UpstreamError {
  return new UpstreamError('refresh', { kind: 'grant-dead', reason: 'rejected' }, { code: 'another_person' });
}

function isUsable({ result, madeAt }: Narrowed, ask: { minTtl: number; now: Date }): boolean {
  // A second request would not return fewer scopes.
  if (result.kind === 'too_wide') return true;
  const { expiresAt } = result;
  if (expiresAt === null || expiresAt >= after(ask.now, ask.minTtl)) return true;
  return expiresAt > ask.now && after(madeAt, longWishInterval) > ask.now;
}

/** Returns the answer to an app for a failure to narrow, or undefined if the grant itself may be dead. */
export function narrowingFailed(error: unknown): FreshResult | undefined {
  if (!(error instanceof UpstreamError)) throw error;
  const { failure, step } = error;
  if (failure.kind === 'grant-dead') return undefined;
  if (failure.kind === 'unavailable' || failure.kind === 'rate-limited')
    return { kind: 'provider_unavailable', retryAfter: seconds(2) };
  return { kind: 'provider_error', step };
}
