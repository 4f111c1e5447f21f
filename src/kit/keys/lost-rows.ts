/** The values of one kind, for a key that is lost for good. */
export interface LostRows {
  /** The kind, as in `SealedRows.name`. */
  readonly name: string;
  /** The consequence, and what the operator has to do: a clause for the report. */
  readonly consequence: string;
  /** Returns the names of the rows that an operator has to set right one by one. */
  namesOf?(keyIds: readonly string[]): Promise<readonly string[]>;
  /** Gives up the values of the keys. Yields the number of each batch. May be stopped and run again. */
  giveUp(keyIds: readonly string[]): AsyncGenerator<number>;
}

/** Wraps a change of a small table that is made at once. */
export async function* atOnce(change: Promise<number>): AsyncGenerator<number> {
  yield await change;
}
