import { UpstreamError } from '../../connectors/contract/failures.ts';
import { OriginChangedError } from '../../connectors/engine/destinations.ts';
import { createCache } from '../../kit/cache.ts';
import { minutes } from '../../kit/clock.ts';
import { UnreadableError } from '../../kit/keys/keyring.ts';
import { createSingleFlight } from '../../kit/single-flight.ts';
import { openStoredSet } from '../stored-set.ts';
import { needsScopes, type TokenNeeds } from './decide.ts';
import type { FreshResult, FreshToken } from './fresh-result.ts';
import type { RefreshDeps, RefreshTarget } from './refresh-deps.ts';

/** Milliseconds before the provider is asked again about a token for which it named no scopes. */
const askedAgain = minutes(10);

/**
 * Returns a function that adds the scopes to a token without known ones, for a caller that needs them. An import brings such
 * tokens. No refresh can state the scopes of some, and some refresh answers omit them. The scopes are noted in the entry.
 */
export function createScopeQuestion({ store, keyring, clock, circuitOf }: RefreshDeps) {
  const unanswered = createCache<true>({ max: 10_000, expiry: { ttl: askedAgain, clock } });
  const share = createSingleFlight<readonly string[]>();

  async function ask({ identityId, connection }: RefreshTarget, { version }: FreshToken) {
    const entry = await store.find(identityId);
    // Another set has come meanwhile, and its scopes are its own.
    if (entry?.version !== version) return [];
    const stored = openStoredSet(keyring, entry).tokens;
    const scopes = await circuitOf(connection.id).run('profile', () => connection.upstream.scopesOf(stored));
    if (scopes && scopes.length > 0) await store.noteScopes(identityId, version, scopes);
    return scopes ?? [];
  }

  return async (target: RefreshTarget, result: FreshResult, needs: TokenNeeds): Promise<FreshResult> => {
    const { connector } = target.connection;
    if (result.kind !== 'token' || result.scopes.length > 0) return result;
    if (connector.family !== 'oauth2' || !connector.scopesOfToken) return result;
    if (!needsScopes(needs, connector.refresh)) return result;
    const key = `${target.identityId} ${result.version}`;
    if (unanswered.has(key)) return result;
    try {
      const scopes = await share(key, () => ask(target, result));
      if (scopes.length === 0) unanswered.set(key, true);
      return { ...result, scopes, waited: true };
    } catch (error) {
      if (error instanceof UnreadableError) return { kind: 'unreadable' };
      // The scopes stay unknown. The token itself may still work.
      if (!(error instanceof UpstreamError || error instanceof OriginChangedError)) throw error;
      unanswered.set(key, true);
      return { ...result, waited: true };
    }
  };
}
