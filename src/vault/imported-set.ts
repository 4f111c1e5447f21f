import type { TokenSet } from '../connectors/contract/upstream-sign-in.ts';
import type { Connection } from '../login/connections.ts';

/** A token set of an export. */
export interface ImportedSet {
  readonly identityId: string;
  readonly connection: Connection;
  readonly tokens: TokenSet;
  /** The latest time at which they can have been issued. Lifetimes without a stated end count from here. */
  readonly issuedBy: Date;
  /** The product's own time of these tokens. Undefined: it states none. */
  readonly statedAt: Date | undefined;
  /** The time at which the export was made. Undefined: the operator did not say. */
  readonly exportedAt: Date | undefined;
  /** Null: it has no stated end. */
  readonly accessExpiresAt: Date | null;
  /** Undefined: counted from the provider's usual lifetime. */
  readonly refreshExpiresAt: Date | undefined;
  /** Whether the product stated the end, so that the later end belongs to the newer token. */
  readonly endIsStated: boolean;
}

/** The reason why a stored set stays. */
export type KeptReason =
  | 'same_token'
  | 'stored_is_newer'
  | 'stored_from_sign_in'
  | 'refreshed_here'
  | 'stored_is_wider'
  | 'order_unknown'
  | 'revoked_here'
  | 'unlinked_here'
  | 'token_ended';

/** The outcome for one set: stored, or the reason why not. */
export type ImportOutcome = 'new' | 'replaced' | KeptReason;
