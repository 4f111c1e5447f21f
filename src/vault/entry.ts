import type { DeadReason } from '../connectors/contract/failures.ts';
import type { GrantDeath } from './failure-store.ts';

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

/** SQL: the columns of an entry, under the names of `Entry`. */
export const entryColumns = `identity_id AS "identityId", ciphertext, wrapped_key AS "wrappedKey", key_id AS "keyId", version,
  state, state_reason AS "stateReason", state_since AS "stateSince", granted_scopes AS "grantedScopes", refreshable,
  access_expires_at AS "accessExpiresAt", refresh_expires_at AS "refreshExpiresAt", absolute_cap_at AS "absoluteCapAt",
  lease_owner AS "leaseOwner", lease_until AS "leaseUntil", deposited_at AS "depositedAt",
  last_refreshed_at AS "lastRefreshedAt", last_used_at AS "lastUsedAt", last_error AS "lastError",
  last_error_at AS "lastErrorAt", retry_at AS "retryAt", failures, in_doubt AS "inDoubt", unverified,
  refused_since AS "refusedSince", refusals, refused_words AS "refusedWords", client_id AS "clientId"`;

export type StoredState = 'active' | 'reauthorization_required' | 'revoked';

/** The columns that one token set fills. */
export interface TokenColumns {
  /** The version of the entry for which the set is sealed: it opens with no other. */
  readonly version: number;
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

/** The entry as it was read before a save: the save applies to exactly this one. */
export type Superseded = Pick<Entry, 'identityId' | 'version' | 'state' | 'absoluteCapAt'>;

export interface Save {
  readonly tokens: TokenColumns;
  readonly now: Date;
  /** `parting`: the refresh token is dropped from the stored set, and the provider has issued nothing. */
  readonly by: 'refresh' | 'arrival' | 'drop';
  /** Whether the set, written again after lost commits, also replaces one whose grant was found dead. */
  readonly revives: boolean;
  /** Set: the token set is stored, and its grant counts as dead. */
  readonly dead?: GrantDeath | undefined;
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
