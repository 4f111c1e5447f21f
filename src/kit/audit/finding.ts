/** A contradiction between the events and the chain, or within the chain. */
export interface Finding {
  readonly kind: FindingKind;
  /** The event, if the finding is about one. */
  readonly event?: string | undefined;
  readonly type?: string | undefined;
  readonly at?: string | undefined;
  /** The number of the seal. */
  readonly seal?: string | undefined;
  /** A sentence for the operator. */
  readonly text: string;
}

export type FindingKind =
  /** The row differs from the one that was sealed. */
  | 'changed'
  | 'removed'
  /** The row is in no seal, and is older than the seals around it. */
  | 'inserted'
  /** The row has another place in the feed than its seal says. */
  | 'moved'
  /** The row was written or changed by another hand before it was sealed. */
  | 'forged'
  /** The row has no mark, although the writers of that time set one. */
  | 'unmarked'
  /** The seal was changed, is missing, or is not signed with our keys. */
  | 'seal'
  /** A known head is not in the chain: its end was cut off. */
  | 'head'
  /** A vault entry is older than the last save in the chain. */
  | 'rolled_back';

export interface Head {
  /** Undefined for a hash that the operator has given alone. */
  readonly seq?: bigint | undefined;
  /** In hexadecimal digits. */
  readonly hash: string;
  readonly closedAt?: Date | undefined;
  /** The place in which it was kept. */
  readonly from: string;
}
