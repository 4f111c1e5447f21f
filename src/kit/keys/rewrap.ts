import { type Keyring, UnreadableError, type WrappedKey } from './keyring.ts';
import type { LastingRows, Move, SealedRow } from './sealed-rows.ts';

/** The result of one batch. */
export interface Rewrapped {
  /** The number of rows whose data key the current key wraps now. */
  readonly moved: number;
  /** Rows that were replaced, removed or locked since they were read. They are unchanged. */
  readonly overtaken: number;
  /** The ids of unreadable values: their key is missing, or they are damaged. */
  readonly unreadable: readonly string[];
}

/**
 * Re-seals the values of older keys under the current one, in batches, while other processes work. The rows alone hold
 * the progress, so it can be interrupted at any point and started again.
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

/**
 * A revoked entry has an empty wrapped key and still names a key. It is moved too, so that the old key can be removed.
 */
function rewrapped(row: SealedRow, keyring: Keyring): WrappedKey {
  if (row.wrappedKey.length > 0) return rewrappedInPlace(row, keyring);
  return { keyId: keyring.currentKeyId, wrappedKey: row.wrappedKey };
}

function rewrappedInPlace(row: SealedRow, keyring: Keyring): WrappedKey {
  try {
    return keyring.rewrap(row, row.context);
  } catch (error) {
    if (!(error instanceof UnreadableError) || row.formerContext === undefined) throw error;
    return keyring.rewrap(row, row.formerContext);
  }
}
