import type { Transaction } from '../kit/database/database.ts';
import { UnreadableError } from '../kit/keys/keyring.ts';
import type { Connection } from '../login/connections.ts';
import { type Entry, nextVersion } from './entry.ts';
import { lockEntries, writeMoved } from './moved-entry-store.ts';
import { openStoredSet, type StoredSet, sealStoredSet } from './stored-set.ts';
import type { TokenKeyring } from './token-keyring.ts';

/** Gives the token set of one identity to another identity of the same account, before the first one is deleted. */
export interface EntryMoves {
  /**
   * Runs in the transaction that has locked both identities. `kept`: the other one has a living set, its grant was ended here,
   * or there is no living set to move. `busy`: a refresh is under way or was not finished, and nothing was changed.
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
      if (source?.state !== 'active' || (held && held.state !== 'reauthorization_required')) return 'kept';
      const set = opened(source);
      if (!set) return 'kept';
      const { id: identityId, userId, connectionId, issuer, subject } = to;
      const owner = [userId, connectionId, issuer, subject] as const;
      const version = Math.max(nextVersion(source), held ? nextVersion(held) : 1);
      const { clientId, unverified } = source;
      const traits = connection.connector.refresh;
      const place = { identityId, owner, version, traits, clientId: clientId ?? undefined };
      const tokens = sealStoredSet(keyring, set, place);
      await writeMoved(transaction, { identityId, connectionId, tokens, unverified, now });
      return 'moved';
    },
  };
}
