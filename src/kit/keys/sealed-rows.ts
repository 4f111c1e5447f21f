import type { WrappedKey } from './keyring.ts';

/** Sealed values of one kind, as a change of keys sees them. */
export interface SealedRows {
  /** For people, in the plural. */
  readonly name: string;
  /** How many each key seals. */
  countByKey(): Promise<ReadonlyMap<string, number>>;
}

/** Values that stay until they are removed, and so have to follow to the current key. */
export interface LastingRows<Row extends SealedRow = SealedRow> extends SealedRows {
  /** The keys that seal any of them. Reads no whole table that grows with the number of people. */
  keysInUse(): Promise<readonly string[]>;
  /** In order of id, those behind `after` that another key than `keyId` seals. */
  sealedOtherwise(keyId: string, after: string, limit: number): Promise<readonly Row[]>;
  /**
   * Puts each new wrapping in the place of exactly the one that was read, and answers how many were still there.
   * One that is locked counts as gone, so that nobody who writes it is waited for.
   */
  replace(moves: readonly Move<Row>[]): Promise<number>;
}

/** The wrapped data key of one row; what it seals is not even read. */
export interface SealedRow extends WrappedKey {
  readonly id: string;
  /** What the value was sealed for. */
  readonly context: string;
}

export interface Move<Row extends SealedRow = SealedRow> {
  readonly row: Row;
  readonly to: WrappedKey;
}
