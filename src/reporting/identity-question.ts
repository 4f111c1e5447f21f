import type { ConnectionFacts } from '../vault/standing.ts';
import type { IdentityFilter, Sort } from './identity-filter.ts';

export interface IdentityQuestion {
  readonly filter: IdentityFilter;
  readonly sort: Sort;
  readonly now: Date;
  readonly facts: Readonly<Record<string, ConnectionFacts>>;
}

/** A row of the list in its order. */
export interface Position {
  /** The time that the list is ordered by. */
  readonly at: Date;
  readonly id: string;
}

/**
 * The rows that a statement examines. `sorted`: all, in the order of the list. `among`: given ones. `ended`: dead grants.
 * The last two have no index, so the accounts of the connections that have changed are examined. `moved`: grants of
 * another origin. `other client`: grants of another client of the connection.
 */
export type Source = 'sorted' | 'among' | 'ended' | 'moved' | 'other client';

/** The part of the list's rows that one statement examines. */
export interface Window {
  readonly source: Source;
  /** For `among`: the identities. */
  readonly ids?: readonly string[];
  /** For `moved` and `other client`: the connections. */
  readonly connections?: readonly string[];
  readonly after: Position | undefined;
  /** The rows that the statement examines. */
  readonly size: number;
  /** The rows that it returns. */
  readonly limit: number;
}

export interface Examined {
  readonly rows: readonly Position[];
  /** The last row that was examined. */
  readonly last: Position | undefined;
  /** No row is left after the window. */
  readonly ended: boolean;
}
