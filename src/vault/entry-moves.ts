import type { Transaction } from '../kit/database/database.ts';
import { UnreadableError } from '../kit/keys/keyring.ts';
import type { Connection } from '../login/connections.ts';
import { type Entry, nextVersion } from './entry.ts';
import { lockEntries, writeMoved } from './moved-entry-store.ts';
import { hasEnded } from './refresh/decide.ts';
import { mergeArrived } from './refresh/merge.ts';
import { openStoredSet, type StoredSet, sealStoredSet } from './stored-set.ts';
import type { TokenKeyring } from './token-keyring.ts';

/** Gives the token set of one identity to another identity of the same account, before the first one is deleted. */
export interface EntryMoves {
  /**
   * Runs in the transaction that has locked both identities. A living set of the other one gets the refresh token that it
   * lacks. `kept`: it lacks none, its grant was ended here, or there is no living set to move. `busy`: a refresh is under way
   * or was not finished, and nothing was changed.
   */
  move(transaction: Transaction, moving: Moving): Promise<'moved' | 'kept' | 'busy'>;
}

export interface Moving {
  readonly from: string;
  readonly to: Target;
  readonly connection: Connection;
  readonly now: Date;
}

/** The identity that gets the set, as its row is. */
export interface Target {
  readonly id: string;
  readonly userId: string;
  readonly connectionId: string;
  readonly issuer: string;
  readonly subject: string;
}

/** Returns the living set with the refresh token that it lacks, as an import joins the two. Undefined: it lacks none. */
function joined(
  moved: StoredSet,
  living: StoredSet | undefined,
  { connector, registration }: Connection,
): StoredSet | undefined {
  if (!living || living.tokens.refreshToken || !moved.tokens.refreshToken) return undefined;
  const facts = { connector, asked: registration.scopes, replaces: false, doubted: false } as const;
  const merged = mergeArrived(moved, living, { ...facts, grantState: 'unknown' });
  return typeof merged === 'string' ? undefined : merged;
}

export function createEntryMoves(keyring: TokenKeyring): EntryMoves {
  function opened(entry: Entry): StoredSet | undefined {
    try {
      return openStoredSet(keyring, entry);
    } catch (error) {
      if (error instanceof UnreadableError) return undefined;
      throw error;
    }
  }

  return {
    async move(transaction, { from, to, connection, now }) {
      const rows = await lockEntries(transaction, [from, to.id]);
      if (rows.some(({ isBusy }) => isBusy)) return 'busy';
      const [source, held] = [from, to.id].map((id) => rows.find(({ identityId }) => identityId === id));
      if (source?.state !== 'active' || held?.state === 'revoked') return 'kept';
      // A dead set is replaced also by one whose end has passed: only the provider's refusal makes that dead.
      if (held?.state === 'active' && hasEnded(source, connection, now)) return 'kept';
      const living = held && !hasEnded(held, connection, now) ? held : undefined;
      const moved = opened(source);
      const set = moved && living ? joined(moved, opened(living), connection) : moved;
      if (!set) return 'kept';
      const { id: identityId, userId, connectionId, issuer, subject } = to;
      const owner = [userId, connectionId, issuer, subject] as const;
      const version = Math.max(nextVersion(source), held ? nextVersion(held) : 1);
      const { clientId } = source;
      const unverified = source.unverified || living?.unverified === true;
      const traits = connection.connector.refresh;
      const place = { identityId, owner, version, traits, clientId: clientId ?? undefined };
      const tokens = sealStoredSet(keyring, set, place);
      const before = held?.state ?? 'active';
      await writeMoved(transaction, { identityId, connectionId, tokens, unverified, now, before });
      return 'moved';
    },
  };
}
