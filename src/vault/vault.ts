import type { UpstreamAccount } from '../connectors/contract/upstream-sign-in.ts';
import { seconds } from '../kit/clock.ts';
import { UnreadableError } from '../kit/keys/keyring.ts';
import type { Connection } from '../login/connections.ts';
import { type AskedAgain, askAgain } from './ask-again.ts';
import { isAsked } from './asked.ts';
import { openTokens } from './entry-tokens.ts';
import { createGrantCheck } from './grant-check.ts';
import { type Health, healthOf } from './health.ts';
import { createLastUsedNotes } from './last-used.ts';
import { createProviderSignals, type ProviderSignals } from './provider-signals.ts';
import { hasMoved } from './refresh/fresh-answers.ts';
import type { FreshResult, FreshToken } from './refresh/fresh-result.ts';
import { createFreshTokens, createPeekToken, type Fresh, type PeekToken } from './refresh/fresh-token.ts';
import type { GrantState } from './refresh/merge.ts';
import { createNarrow, type Narrowing } from './refresh/narrow.ts';
import type { RefreshDeps, RefreshTarget } from './refresh/refresh-deps.ts';
import type { ConnectionFacts } from './standing.ts';
import { standingFacts } from './standing-facts.ts';
import { type SignInTokens, storeTokens } from './store-tokens.ts';
import { openStoredSet } from './stored-set.ts';

/**
 * The vault seals, stores and refreshes the token sets that providers issue, one entry for each identity. Tokens leave it in
 * plaintext through `freshToken` alone, which only retrieval calls. It does not decide who may have a token: retrieval does.
 * It does not talk to providers itself: a connection's `upstream` does. `refresh/` holds the refresh of an entry, and
 * `upstream-revocation/` the queue of grants to end at their provider.
 */
export interface Vault extends ProviderSignals {
  /** Stores the tokens of a sign-in. @throws Problem unavailable when they could not be stored */
  storeTokens(about: SignInTokens): Promise<void>;
  /** Returns a token that meets the needs of its caller, refreshed first if necessary. */
  readonly freshToken: Fresh;
  /** Returns the stored token at once, if it is in the cache and needs no more than to be served. */
  readonly peekToken: PeekToken;
  /** Refreshes for an admin. Returns the outcome without the token. */
  refreshNow(target: RefreshTarget): Promise<RefreshOutcome>;
  /** Marks an account, so that its person is asked to authorise again. The grant and the tokens stay. */
  askAgain(target: RefreshTarget): Promise<AskedAgain>;
  /**
   * Asks the provider whether it still accepts the grant. Undefined: no token set is stored. `asked`: an operator wants a new
   * sign-in, so the provider is not asked.
   */
  check(target: RefreshTarget): Promise<GrantState | 'asked' | undefined>;
  /**
   * Returns the account that the provider names for the stored tokens, which are refreshed first if necessary. Undefined: they
   * are dead, or the provider names none. @throws UpstreamError, OriginChangedError, UnreadableError
   */
  accountOf(target: RefreshTarget): Promise<UpstreamAccount | undefined>;
  /** Returns the health by identity id. An identity without an entry is absent. */
  health(
    identities: readonly { readonly id: string; readonly connection: Connection }[],
  ): Promise<ReadonlyMap<string, Health>>;
  /** Returns the facts of connections for the SQL of `standing`, which says the same as `health`. */
  standingFacts(connections: readonly Connection[]): Readonly<Record<string, ConnectionFacts>>;
  /** Returns the scopes of this grant that apps had asked for beyond those of the connection, as far as known. */
  furtherScopes(identityId: string): Promise<readonly string[]>;
  /** Notes the retrieval of a token, at most once an hour. */
  noteUse(identityId: string, lastUsedAt: Date | null): void;
  /** Drops narrowed tokens that have ended from memory. */
  readonly forgetEnded: Narrowing['forgetEnded'];
  /** Writes the notes of last retrievals that are still in memory. */
  close(): Promise<void>;
}

export type RefreshOutcome = Exclude<FreshResult, FreshToken> | { readonly kind: 'refreshed' };

export function createVault(deps: RefreshDeps): Vault {
  const { store, clock, keyring } = deps;
  const { narrow, forgetEnded } = createNarrow(deps);
  const fresh = createFreshTokens(deps, narrow);
  const uses = createLastUsedNotes(deps);
  const checkGrant = createGrantCheck(deps, fresh);

  return {
    storeTokens: (about) => storeTokens({ ...deps, checkGrant }, about),
    freshToken: fresh,
    peekToken: createPeekToken(deps),
    ...createProviderSignals(deps, fresh),
    async refreshNow(target) {
      const result = await fresh(target, { minTtl: 0, refreshedSince: clock.now() });
      return result.kind === 'token' ? { kind: 'refreshed' } : result;
    },

    askAgain: (target) => askAgain(deps, target),

    async check(target) {
      const entry = await store.find(target.identityId);
      if (entry && isAsked(entry)) return 'asked';
      return entry && (await checkGrant(target, entry));
    },

    async accountOf(target) {
      const { kind } = await fresh(target, { minTtl: seconds(30), refreshedSince: undefined });
      const entry = kind === 'token' ? await store.find(target.identityId) : undefined;
      return entry && (await target.connection.upstream.accountOf(openStoredSet(keyring, entry).tokens));
    },

    async health(identities) {
      const entries = await store.findMany(identities.map(({ id }) => id));
      const now = clock.now();
      const connections = new Map(identities.map(({ id, connection }) => [id, connection]));
      return new Map(
        entries.flatMap((entry) => {
          const connection = connections.get(entry.identityId);
          if (!connection) return [];
          const { connector, registration } = connection;
          const movedAt =
            entry.state === 'active' && hasMoved(deps, { connection }, { entry, use: 'serve' })
              ? connection.changedAt
              : undefined;
          const statesScopes = connector.family === 'oauth2' && connector.scopesOfToken !== undefined;
          const about = { now, clientId: registration.clientId, movedAt, statesScopes };
          return [[entry.identityId, healthOf(entry, connector.refresh, about)] as const];
        }),
      );
    },

    async furtherScopes(identityId) {
      const entry = await store.find(identityId);
      try {
        return (entry && openTokens(keyring, entry).furtherScopes) ?? [];
      } catch (error) {
        if (error instanceof UnreadableError) return [];
        throw error;
      }
    },

    standingFacts,
    noteUse: uses.note,
    forgetEnded,
    close: uses.close,
  };
}
