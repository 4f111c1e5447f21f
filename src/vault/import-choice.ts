import { isMoved, tokenOrigins } from '../connectors/engine/destinations.ts';
import { UnreadableError } from '../kit/keys/keyring.ts';
import type { Connection } from '../login/connections.ts';
import { type Imported, withoutRefreshToken } from './entry-tokens.ts';
import type { ImportedSet, KeptReason } from './imported-set.ts';
import { mergeArrived, sameRefreshToken } from './refresh/merge.ts';
import { type StoredSet, storedSetOf } from './stored-set.ts';

/** A stored set, as the choice between it and an imported one needs it. */
export interface Held {
  readonly revoked: boolean;
  /** Whether it is of no use any more. */
  readonly ended: boolean;
  /** Whether this broker has refreshed it since the last sign-in or import. */
  readonly refreshed: boolean;
  /** @throws UnreadableError */
  open(): StoredSet;
}

/** Returns an imported set as the vault stores it. */
export function importedStoredSet(incoming: ImportedSet, now: Date): StoredSet {
  const { tokens, issuedBy, connection, ...ends } = incoming;
  const traits = connection.connector.refresh;
  const origins = tokenOrigins(connection.registration);
  const counted = storedSetOf(tokens, { traits, now: issuedBy, origins });
  const imported = {
    statedAt: incoming.statedAt,
    endsAt: incoming.endIsStated && ends.accessExpiresAt ? ends.accessExpiresAt : undefined,
    exportedBy: incoming.exportedAt ?? now,
  };
  return {
    ...counted,
    tokens: { ...counted.tokens, imported },
    accessExpiresAt: ends.accessExpiresAt,
    refreshExpiresAt: tokens.refreshToken ? (ends.refreshExpiresAt ?? counted.refreshExpiresAt) : null,
  };
}

/** The imported set, and the facts of its connection and export. */
export interface Arrived {
  readonly set: StoredSet;
  readonly connection: Connection;
  /** Undefined: the operator did not say when the export was made. */
  readonly exportedAt: Date | undefined;
  readonly now: Date;
}

/**
 * Returns the set to store, or the reason why the stored one stays. A set that has ended is replaced by each one that can
 * be used, and an imported one by a newer import. A living set of this broker's own only gets the refresh token that it
 * lacks.
 */
export function chooseSet(held: Held, arrived: Arrived): StoredSet | KeptReason {
  if (held.revoked) return 'revoked_here';
  const orEnded = isUsable(arrived.set, arrived.now) ? arrived.set : 'token_ended';
  try {
    const stored = held.open();
    if (isMoved(arrived.connection, stored.tokens.origins, 'serve')) return orEnded;
    // A dead set stays dead when it is imported again.
    if (held.ended) return isSameGrant(stored, arrived.set) ? 'same_token' : orEnded;
    if (hasTokens(stored, arrived.set)) return 'same_token';
    const { imported } = stored.tokens;
    if (!imported) return chooseBesideOwn(stored, arrived, held.refreshed);
    return chooseBesideImported(stored, imported, arrived);
  } catch (error) {
    if (error instanceof UnreadableError) return orEnded;
    throw error;
  }
}

function chooseBesideImported(
  stored: StoredSet,
  imported: Imported,
  arrived: Arrived,
): StoredSet | KeptReason {
  const { joined, importedAccess, refreshToken } = stored.tokens;
  const same = refreshToken !== undefined && sameRefreshToken(stored, arrived.set);
  if (joined && !importedAccess) {
    // The access token is of a sign-in here.
    if (same) return 'same_token';
    const newer = isNewer(imported, arrived);
    return newer ? joinAgain(stored, arrived) : keptFor(newer);
  }
  const newer = isNewer(importedAccess ?? imported, arrived);
  if (newer) return mergeNewer(stored, arrived);
  if (same) return 'same_token';
  // Two imports have joined: this one is between them.
  const isBetween = arrived.set.tokens.refreshToken && importedAccess && isNewer(imported, arrived);
  return isBetween ? joinAgain(stored, arrived) : keptFor(newer);
}

function keptFor(newer: false | undefined): KeptReason {
  return newer === false ? 'stored_is_newer' : 'order_unknown';
}

/** The order does not matter: a sign-in after the import joins the two in the same way. */
function chooseBesideOwn(stored: StoredSet, arrived: Arrived, refreshed: boolean): StoredSet | KeptReason {
  if (stored.tokens.refreshToken && sameRefreshToken(stored, arrived.set)) return 'same_token';
  return joinedWith(stored, arrived) ?? (refreshed ? 'refreshed_here' : 'stored_from_sign_in');
}

function joinAgain(stored: StoredSet, arrived: Arrived): StoredSet | KeptReason {
  return (
    joinedWith({ ...stored, tokens: withoutRefreshToken(stored.tokens) }, arrived) ?? 'stored_from_sign_in'
  );
}

/** Returns the access token of a sign-in with the imported refresh token, if it has none. */
function joinedWith(stored: StoredSet, arrived: Arrived): StoredSet | undefined {
  if (stored.tokens.refreshToken || !arrived.set.tokens.refreshToken) return undefined;
  const merged = merge(arrived.set, stored, { ...arrived, grantState: 'unknown' });
  return typeof merged === 'string' ? undefined : merged;
}

function mergeNewer(stored: StoredSet, arrived: Arrived): StoredSet | KeptReason {
  // Unknown scopes are no fewer ones.
  const grantState = arrived.set.scopes.length === 0 ? 'unknown' : undefined;
  const merged = merge(stored, arrived.set, { ...arrived, grantState });
  // An import has thousands of sets, so no provider is asked about each of them.
  return typeof merged === 'string' ? 'stored_is_wider' : merged;
}

function merge(
  former: StoredSet,
  later: StoredSet,
  { connection, grantState }: Pick<Arrived, 'connection'> & { readonly grantState: 'unknown' | undefined },
) {
  const { connector, registration } = connection;
  const facts = { connector, asked: registration.scopes, replaces: false, doubted: false };
  return mergeArrived(former, later, { ...facts, grantState });
}

/**
 * Returns whether the later import has the newer tokens; undefined: not known. Both have to state the same kind of time.
 * Two different sets of one account are two states of one row, so the later time belongs to the newer state.
 */
function isNewer(held: Imported, { set, exportedAt }: Arrived): boolean | undefined {
  const { statedAt, endsAt } = set.tokens.imported ?? {};
  const pairs = [
    [held.statedAt, statedAt],
    [held.endsAt, endsAt],
    [held.exportedBy, exportedAt],
  ] as const;
  const known = pairs.find(([one, other]) => one && other && one.getTime() !== other.getTime());
  return known?.[0] && known[1] && known[1] > known[0];
}

function isSameGrant(held: StoredSet, arrived: StoredSet): boolean {
  if (held.tokens.refreshToken || arrived.tokens.refreshToken) return sameRefreshToken(held, arrived);
  return hasTokens(held, arrived);
}

/** Returns whether the set has all tokens of the imported one. */
function hasTokens(held: StoredSet, arrived: StoredSet): boolean {
  const { accessToken, refreshToken } = arrived.tokens;
  if (!held.tokens.accessToken.equals(accessToken.reveal())) return false;
  return refreshToken === undefined || sameRefreshToken(held, arrived);
}

/** Returns whether the access token is valid, or a refresh token can obtain one. */
function isUsable({ tokens, accessExpiresAt, refreshExpiresAt }: StoredSet, now: Date): boolean {
  if (!accessExpiresAt || accessExpiresAt > now) return true;
  return tokens.refreshToken !== undefined && (!refreshExpiresAt || refreshExpiresAt > now);
}
