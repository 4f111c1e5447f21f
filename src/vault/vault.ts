import { UnreadableError } from '../kit/keys/keyring.ts';
import type { Connection } from '../login/connections.ts';
import { openTokens } from './entry-tokens.ts';
import { createGrantCheck } from './grant-check.ts';
import { type Health, healthOf } from './health.ts';
import { createLastUsedNotes } from './last-used.ts';
import { createProviderSignals, type ProviderSignals } from './provider-signals.ts';
import type { FreshResult, FreshToken } from './refresh/fresh-result.ts';
import { createFreshTokens, type Fresh } from './refresh/fresh-token.ts';
import type { RefreshDeps, RefreshTarget } from './refresh/refresh-deps.ts';
import { type SignInTokens, storeTokens } from './store-tokens.ts';

/** Keeps the providers' tokens, sealed, and keeps them alive. Plaintext leaves by `freshToken` alone. */
export interface Vault extends ProviderSignals {
  storeTokens(about: SignInTokens): Promise<void>;
  readonly freshToken: Fresh;
  /** Refreshes for an operator, who learns how it went and sees no token. */
  refreshNow(target: RefreshTarget): Promise<RefreshOutcome>;
  /** By identity id; one without an entry is absent. */
  health(
    identities: readonly { readonly id: string; readonly connection: Connection }[],
  ): Promise<ReadonlyMap<string, Health>>;
  /** Scopes of this grant that apps had asked for beyond those of the connection, as far as it is known. */
  furtherScopes(identityId: string): Promise<readonly string[]>;
  /** Notes that a token was handed out, at most once a minute. */
  noteUse(identityId: string, lastUsedAt: Date | null): void;
  /** Writes which tokens were handed out last. */
  close(): Promise<void>;
}

export type RefreshOutcome = Exclude<FreshResult, FreshToken> | { readonly kind: 'refreshed' };

export function createVault(deps: RefreshDeps): Vault {
  const { store, clock, keyring } = deps;
  const fresh = createFreshTokens(deps);
  const uses = createLastUsedNotes(deps);
  const checkGrant = createGrantCheck(deps, fresh);

  return {
    storeTokens: (about) => storeTokens({ ...deps, checkGrant }, about),
    freshToken: fresh,
    ...createProviderSignals(deps, fresh),
    async refreshNow(target) {
      const result = await fresh(target, { minTtl: 0, refreshedSince: clock.now() });
      return result.kind === 'token' ? { kind: 'refreshed' } : result;
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
          const about = { now, clientId: registration.clientId };
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

    noteUse: uses.note,
    close: uses.close,
  };
}
