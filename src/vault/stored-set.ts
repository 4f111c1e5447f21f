import type { RefreshTraits } from '../connectors/contract/refresh-traits.ts';
import type { TokenSet } from '../connectors/contract/upstream-sign-in.ts';
import { after, seconds } from '../kit/clock.ts';
import { UnreadableError } from '../kit/keys/keyring.ts';
import { endOf } from './ends.ts';
import type { Entry, TokenColumns } from './entry.ts';
import { type EntryTokens, openTokens, sealTokens } from './entry-tokens.ts';
import type { Owner } from './owner-store.ts';
import type { TokenKeyring } from './token-keyring.ts';

/** The decrypted content of an entry: a provider token set with its ends and scopes. */
export interface StoredSet {
  readonly tokens: EntryTokens;
  readonly scopes: readonly string[];
  /** The ends mean the same as in `Entry`. */
  readonly accessExpiresAt: Date | null;
  readonly refreshExpiresAt: Date | null;
  readonly absoluteCapAt: Date | null;
  /** The provider's answer stated an end of the refresh token. */
  readonly statesRefreshEnd?: boolean | undefined;
}

/** A token set whose identity is gone, so that no entry can hold it. */
export interface UnstoredSet extends Pick<StoredSet, 'tokens' | 'accessExpiresAt'> {
  /** The client that it was issued to, if that is not the connection's present one. */
  readonly clientId?: string | undefined;
}

/** The circumstances in which a provider issued tokens. */
export interface Issue {
  readonly traits: RefreshTraits;
  readonly now: Date;
  /** The origins that the tokens may be sent to. */
  readonly origins: readonly string[] | undefined;
  /** Seconds. */
  readonly former?: number | undefined;
}

/**
 * Returns the tokens that a provider has just issued as a set to store. If the answer states no end of the access token,
 * the lifetime of the `former` one counts, in seconds, and after that the connector's guess.
 */
export function storedSetOf(issued: TokenSet, { traits, now, origins, former }: Issue): StoredSet {
  const end = (lifetime: number | undefined) =>
    lifetime === undefined ? null : after(issued.askedAt ?? now, seconds(lifetime));
  return {
    tokens: {
      accessToken: issued.accessToken,
      refreshToken: issued.refreshToken,
      parameters: issued.parameters,
      accessLifetime: issued.statedLifetime ?? former,
      origins,
    },
    scopes: issued.scopes ?? [],
    accessExpiresAt: end(issued.statedLifetime ?? former ?? issued.expiresIn),
    refreshExpiresAt: issued.refreshToken || issued.statesRefreshEnd ? end(issued.refreshExpiresIn) : null,
    absoluteCapAt: end(traits.absoluteCap),
    ...(issued.statesRefreshEnd && { statesRefreshEnd: true }),
  };
}

/** Decrypts an entry. @throws UnreadableError when no key opens it for its owner, or an older row was put back */
export function openStoredSet(keyring: TokenKeyring, entry: Entry): StoredSet {
  const { grantedScopes, accessExpiresAt, refreshExpiresAt, absoluteCapAt, rewoundFrom } = entry;
  if (rewoundFrom !== undefined)
    throw new UnreadableError(`an older row was put back: ${entry.version} in place of ${rewoundFrom}`);
  return {
    tokens: openTokens(keyring, entry),
    scopes: grantedScopes,
    accessExpiresAt,
    refreshExpiresAt,
    absoluteCapAt,
  };
}

/** Returns the columns of an entry that holds this set, sealed for one identity and version. */
export function sealStoredSet(
  keyring: TokenKeyring,
  set: StoredSet,
  place: {
    readonly identityId: string;
    readonly version: number;
    readonly owner: Owner;
    readonly traits: Pick<RefreshTraits, 'how'>;
    /** The client that the tokens were issued to. */
    readonly clientId?: string | undefined;
  },
): TokenColumns {
  const { keyId, wrappedKey, ciphertext } = sealTokens(keyring, set.tokens, place);
  const refreshable = place.traits.how === 'exchange-live-token' || set.tokens.refreshToken !== undefined;
  return {
    version: place.version,
    ciphertext,
    wrappedKey,
    keyId,
    grantedScopes: set.scopes,
    refreshable,
    accessExpiresAt: set.accessExpiresAt,
    refreshExpiresAt: set.refreshExpiresAt,
    absoluteCapAt: set.absoluteCapAt,
    clientId: place.clientId ?? null,
    owner: place.owner,
    endsAt: endOf({ ...set, refreshable }, place.traits),
    origins: describedOrigins(set.tokens),
  };
}

/** Returns the sealed origins as the entry's row has them for lists. Null: the set has none. */
export function describedOrigins({ origins }: Pick<EntryTokens, 'origins'>): string | null {
  return origins?.join(' ') ?? null;
}
