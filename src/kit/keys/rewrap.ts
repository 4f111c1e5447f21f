import { type Keyring, UnreadableError, type WrappedKey } from './keyring.ts';
import type { LastingRows, Move, SealedRow } from './sealed-rows.ts';

/** What one batch came to. */
export interface Rewrapped {
  readonly moved: number;
  /** Replaced, removed or held by somebody else since they were read; nothing of theirs was touched. */
  readonly overtaken: number;
  /** Ids of those that do not open: their key is missing, or they are damaged. */
  readonly unreadable: readonly string[];
}

/**
 * Moves what older keys seal to the current one, batch by batch, while everybody goes on working. What remains to
 * be done stands in the rows alone, so that it can be cut off anywhere and begun anew.
 */
export async function* rewrap(
  rows: LastingRows,
  keyring: Keyring,
  batchSize: number,
): AsyncGenerator<Rewrapped> {
  for (let after = ''; ; ) {
    const batch = await rows.sealedOtherwise(keyring.currentKeyId, after, batchSize);
    const last = batch.at(-1);
    if (!last) return;
    const moves: Move[] = [];
    const unreadable: string[] = [];
    for (const row of batch) {
      try {
        moves.push({ row, to: rewrapped(row, keyring) });
      } catch (error) {
        if (!(error instanceof UnreadableError)) throw error;
        unreadable.push(row.id);
      }
    }
    const moved = await rows.replace(moves);
    yield { moved, overtaken: moves.length - moved, unreadable };
    after = last.id;
  }
}

/** What has been shredded names a key still, and needs none: it follows, so that the key can go. */
function rewrapped(row: SealedRow, keyring: Keyring): WrappedKey {
  if (row.wrappedKey.length > 0) return keyring.rewrap(row, row.context);
  return { keyId: keyring.currentKeyId, wrappedKey: row.wrappedKey };
}
