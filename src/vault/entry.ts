import type { DeadReason } from '../connectors/contract/failures.ts';
import type { GrantDeath } from './failure-store.ts';
import { type Owner, ownerColumn } from './owner-store.ts';

/** One identity's row in the vault. Its token set stays sealed. */
export interface Entry {
  readonly identityId: string;
  readonly ciphertext: Uint8Array;
  readonly wrappedKey: Uint8Array;
  readonly keyId: string;
  /** Fencing: each change of the token set raises it, and a save names the version that it read. */
  readonly version: number;
  readonly state: StoredState;
  readonly stateReason: DeadReason | null;
  readonly stateSince: Date;
  readonly grantedScopes: readonly string[];
  /** A refresh token is stored, or the access token itself can be exchanged for a new one. */
  readonly refreshable: boolean;
  /** Null: the provider stated no end, and the connector knows none. */
  readonly accessExpiresAt: Date | null;
  /** Null: no refresh token, or its end is not known. */
  readonly refreshExpiresAt: Date | null;
  /** The end of the grant, which no refresh moves (`absoluteCap` of the connector). Null: it has none. */
  readonly absoluteCapAt: Date | null;
  /** The process that may refresh the entry until `leaseUntil`. */
  readonly leaseOwner: string | null;
  readonly leaseUntil: Date | null;
  /** The time of the sign-in or import that stored a set last. */
  readonly depositedAt: Date;
  readonly lastRefreshedAt: Date | null;
  readonly lastUsedAt: Date | null;
  /** The last failure as a code: `unavailable:timeout`, `grant-dead:invalid_grant`, `signal`. A save clears it. */
  readonly lastError: string | null;
  readonly lastErrorAt: Date | null;
  /** The earliest time for the next refresh after a failure. */
  readonly retryAt: Date | null;
  /** The number of failed refreshes since the last save. */
  readonly failures: number;
  /** An answer since the last save left open whether the provider has rotated the stored tokens. */
  readonly inDoubt: boolean;
  /** The entry came with a restored backup. No token of it is returned before the provider was asked about it. */
  readonly unverified: boolean;
  /** The first of the refusals whose words do not say that the grant is dead, and their number. */
  readonly refusedSince: Date | null;
  readonly refusals: number;
  /** The provider's words, shortened, for admins. */
  readonly refusedWords: string | null;
  /** The client that the tokens were issued to; null: not known. */
  readonly clientId: string | null;
  /** The owner as the identity's row has it. The seal opens with the owner that it was made for alone. */
  readonly owner: Owner;
  /** Set: this process has seen this higher version, so an older row was put back. */
  readonly rewoundFrom?: number | undefined;
}

/** Returns the version after this one. It is higher than each that was seen. */
export function nextVersion({ version, rewoundFrom = 0 }: Pick<Entry, 'version' | 'rewoundFrom'>): number {
  return Math.max(version, rewoundFrom) + 1;
}

/** SQL: the columns of an entry, under the names of `Entry`. */
export const entryColumns = `identity_id AS "identityId", ciphertext, wrapped_key AS "wrappedKey", key_id AS "keyId", version,
  state, state_reason AS "stateReason", state_since AS "stateSince", granted_scopes AS "grantedScopes", refreshable,
  access_expires_at AS "accessExpiresAt", refresh_expires_at AS "refreshExpiresAt", absolute_cap_at AS "absoluteCapAt",
  lease_owner AS "leaseOwner", lease_until AS "leaseUntil", deposited_at AS "depositedAt",
  last_refreshed_at AS "lastRefreshedAt", last_used_at AS "lastUsedAt", last_error AS "lastError",
  last_error_at AS "lastErrorAt", retry_at AS "retryAt", failures, in_doubt AS "inDoubt", unverified,
  refused_since AS "refusedSince", refusals, refused_words AS "refusedWords", client_id AS "clientId",
  ${ownerColumn}`;

/** `revoked`: the broker ended the grant and holds no tokens. `reauthorization_required`: the grant is dead. */
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
  /** Null: the stored client id stays. */
  readonly clientId: string | null;
  /** The owner that the set is sealed for. */
  readonly owner: Owner;
  /** The earliest end that no refresh moves. */
  readonly endsAt: Date | null;
  /** A copy of the sealed origins, joined by spaces. Null: the set has none of its own. */
  readonly origins: string | null;
}

/** The entry as it was read before a save: the save applies to exactly this one. */
export type Superseded = Pick<Entry, 'identityId' | 'version' | 'state' | 'absoluteCapAt'> &
  // A set that was sealed for another owner meanwhile has the same version.
  Partial<Pick<Entry, 'wrappedKey' | 'rewoundFrom'>>;

export interface Save {
  readonly tokens: TokenColumns;
  readonly now: Date;
  /** `arrival`: a sign-in or an import. `drop`: the stored set loses its refresh token, and nothing new was issued. */
  readonly by: 'refresh' | 'arrival' | 'drop';
  /** Whether the set, written again after lost commits, also replaces one whose grant was found dead. */
  readonly revives: boolean;
  /** Set: the token set is stored, and its grant counts as dead. */
  readonly dead?: GrantDeath | undefined;
}

/** The end of an entry that no refresh moves. */
export interface NearEnd {
  readonly identityId: string;
  readonly endsAt: Date;
}

/** The question of one run of the sweep. */
export interface Due {
  readonly connectionId: string;
  /** Seconds before the end at which a token that apps use is due. */
  readonly lead: number;
  /** Seconds after which an unused grant is refreshed so that it does not lapse; undefined: never. */
  readonly keepAlive: number | undefined;
  /** Seconds without a retrieval after which a token is not refreshed ahead any more. */
  readonly usedWithin: number;
  readonly limit: number;
  /** Entries that a refresh leaves due. They come again only after a sign-in that is later than `changedAt`. */
  readonly left: { readonly ids: readonly string[]; readonly changedAt: Date };
}
