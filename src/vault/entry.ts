import type { DeadReason } from '../connectors/contract/failures.ts';
import type { Death } from './verdict-store.ts';

/** One identity's row in the vault, without what is sealed being open. */
export interface Entry {
  readonly identityId: string;
  readonly ciphertext: Uint8Array;
  readonly wrappedKey: Uint8Array;
  readonly keyId: string;
  /** Fencing: a save names the version it read. */
  readonly version: number;
  readonly state: StoredState;
  readonly stateReason: DeadReason | null;
  readonly stateSince: Date;
  readonly grantedScopes: readonly string[];
  /** A refresh token is held, or the token itself can be traded. */
  readonly refreshable: boolean;
  readonly accessExpiresAt: Date | null;
  readonly refreshExpiresAt: Date | null;
  readonly absoluteCapAt: Date | null;
  readonly leaseOwner: string | null;
  readonly leaseUntil: Date | null;
  readonly depositedAt: Date;
  readonly lastRefreshedAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly lastError: string | null;
  readonly lastErrorAt: Date | null;
  readonly retryAt: Date | null;
  readonly failures: number;
  /** An answer since the last save did not tell whether the provider has rotated what is held. */
  readonly inDoubt: boolean;
  /** It came with a restored backup: nothing of it is handed out before the provider has been asked about it. */
  readonly unverified: boolean;
  /** Since when, and how often since, the provider has refused in words that do not say that the grant is dead. */
  readonly refusedSince: Date | null;
  readonly refusals: number;
  /** The provider's, shortened, for admins. */
  readonly refusedWords: string | null;
  /** Of the client that the tokens were issued to; null: not known. */
  readonly clientId: string | null;
}

export type StoredState = 'active' | 'reauthorization_required' | 'revoked';

/** What a save puts in place of the token set it supersedes. */
export interface TokenColumns {
  readonly ciphertext: Uint8Array;
  readonly wrappedKey: Uint8Array;
  readonly keyId: string;
  readonly grantedScopes: readonly string[];
  readonly refreshable: boolean;
  readonly accessExpiresAt: Date | null;
  readonly refreshExpiresAt: Date | null;
  readonly absoluteCapAt: Date | null;
  /** Null: as it was. */
  readonly clientId: string | null;
}

export interface Save {
  readonly tokens: TokenColumns;
  readonly now: Date;
  /** `parting`: a part of what is held is dropped, and nothing new has come. */
  readonly by: 'refresh' | 'deposit' | 'parting';
  /** Also when the grant was found dead meanwhile. */
  readonly revives: boolean;
  /** The version that was refreshed, where the one it is put in place of is older: the journal of both is closed. */
  readonly refreshed?: number;
  /** The set is kept and not to be used. */
  readonly dead?: Death | undefined;
}

/** An end that no refresh moves. */
export interface NearEnd {
  readonly identityId: string;
  readonly endsAt: Date;
}

/** What one look of the sweep asks for. */
export interface Due {
  readonly connectionId: string;
  /** Seconds before the end of a token that apps use. */
  readonly lead: number;
  /** Seconds after which a grant nobody uses is refreshed so that it does not die of idleness. */
  readonly keepAlive: number | undefined;
  /** A token that nobody asked for in so many seconds is not kept fresh. */
  readonly usedWithin: number;
  readonly limit: number;
}
