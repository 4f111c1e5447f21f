import type { RefreshTraits } from '../connectors/contract/refresh-traits.ts';
import type { TokenSet } from '../connectors/contract/upstream-sign-in.ts';
import { after, seconds } from '../kit/clock.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { Entry, TokenColumns } from './entry.ts';
import { type EntryTokens, openTokens, sealTokens } from './entry-tokens.ts';

/** A token set with its ends and scopes: what an entry is, opened. */
export interface StoredSet {
  readonly tokens: EntryTokens;
  readonly scopes: readonly string[];
  readonly accessExpiresAt: Date | null;
  readonly refreshExpiresAt: Date | null;
  readonly absoluteCapAt: Date | null;
  /** The answer itself said when its refresh token ends, or that that of the refresh token held before. */
  readonly statesRefreshEnd?: boolean | undefined;
}

/** Of a token set that finds no entry to be held in. */
export interface UnstoredSet extends Pick<StoredSet, 'tokens' | 'accessExpiresAt'> {
  /** That it was issued to, where that is not the connection's present one. */
  readonly clientId?: string | undefined;
}

/**
 * Returns the tokens that a provider has just issued, as a set to hold. An answer that is silent about the access
 * token's end is taken to mean the `former` one's lifetime, in seconds, before anything is guessed.
 */
export function storedSetOf(issued: TokenSet, traits: RefreshTraits, now: Date, former?: number): StoredSet {
  const end = (lifetime: number | undefined) =>
    lifetime === undefined ? null : after(issued.askedAt ?? now, seconds(lifetime));
  return {
    tokens: {
      accessToken: issued.accessToken,
      refreshToken: issued.refreshToken,
      parameters: issued.parameters,
      accessLifetime: issued.statedLifetime ?? former,
    },
    scopes: issued.scopes ?? [],
    accessExpiresAt: end(issued.statedLifetime ?? former ?? issued.expiresIn),
    refreshExpiresAt: issued.refreshToken || issued.statesRefreshEnd ? end(issued.refreshExpiresIn) : null,
    absoluteCapAt: end(traits.absoluteCap),
    ...(issued.statesRefreshEnd && { statesRefreshEnd: true }),
  };
}

/** @throws UnreadableError */
export function openStoredSet(keyring: Keyring, entry: Entry): StoredSet {
  const { grantedScopes, accessExpiresAt, refreshExpiresAt, absoluteCapAt } = entry;
  return {
    tokens: openTokens(keyring, entry),
    scopes: grantedScopes,
    accessExpiresAt,
    refreshExpiresAt,
    absoluteCapAt,
  };
}

export function sealStoredSet(
  keyring: Keyring,
  holding: StoredSet,
  place: {
    readonly identityId: string;
    readonly version: number;
    readonly traits: Pick<RefreshTraits, 'how'>;
    /** That the tokens were issued to. */
    readonly clientId?: string | undefined;
  },
): TokenColumns {
  const { keyId, wrappedKey, ciphertext } = sealTokens(keyring, holding.tokens, place);
  return {
    version: place.version,
    ciphertext,
    wrappedKey,
    keyId,
    grantedScopes: holding.scopes,
    refreshable: place.traits.how === 'exchange-live-token' || holding.tokens.refreshToken !== undefined,
    accessExpiresAt: holding.accessExpiresAt,
    refreshExpiresAt: holding.refreshExpiresAt,
    absoluteCapAt: holding.absoluteCapAt,
    clientId: place.clientId ?? null,
  };
}
