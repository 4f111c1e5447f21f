import type { WrappedKey } from './keyring.ts';

/** The sealed values of one kind, for a change of keys. */
export interface SealedRows {
  /** The kind of the values in messages to the operator, in the plural: `vault entries`. */
  readonly name: string;
  /** Returns the number of values by key. */
  countByKey(): Promise<ReadonlyMap<string, number>>;
}

/** Values without an end, which must be re-sealed under the current key. */
export interface LastingRows<Row extends SealedRow = SealedRow> extends SealedRows {
  /** Returns the keys in use. Scans no table that grows with the number of people. */
  keysInUse(): Promise<readonly string[]>;
  /** Returns the rows after `after`, by id, that another key than `keyId` seals. */
  sealedOtherwise(keyId: string, after: string, limit: number): Promise<readonly Row[]>;
  /**
   * Replaces each wrapped key if it is still the one that was read. Returns the number of replaced ones. A locked row is
   * skipped, so that no writer is waited for.
   */
  replace(moves: readonly Move<Row>[]): Promise<number>;
}

/** The wrapped data key of one row. The sealed value itself is not read. */
export interface SealedRow extends WrappedKey {
  readonly id: string;
  /** The context that the value was sealed with. */
  readonly context: string;
  /** The context of an earlier version, which the value may still have. */
  readonly formerContext?: string;
}

export interface Move<Row extends SealedRow = SealedRow> {
  readonly row: Row;
  readonly to: WrappedKey;
}
