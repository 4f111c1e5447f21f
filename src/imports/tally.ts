import type { Left, Reason } from './reasons.ts';

/** The running totals of an import. */
export interface Tally {
  readonly users: { read: number; new: number; known: number; left: number };
  /** `disabled`: the known users who are disabled because they are blocked there. */
  readonly blocked: { disabled: number };
  /** `rekeyed`: of the known ones, those that got the id that a sign-in produces. */
  readonly identities: { new: number; known: number; rekeyed: number };
  /** `same`: those of the kept ones that were imported again. */
  readonly tokens: { new: number; replaced: number; kept: number; same: number };
  readonly left: Map<string, LeftCount>;
}

export interface LeftCount {
  readonly reason: Reason;
  readonly connection: string | undefined;
  readonly detail: string | undefined;
  count: number;
  /** The first few users. */
  readonly users: string[];
}

const mostExamples = 3;

export function newTally(): Tally {
  return {
    users: { read: 0, new: 0, known: 0, left: 0 },
    blocked: { disabled: 0 },
    identities: { new: 0, known: 0, rekeyed: 0 },
    tokens: { new: 0, replaced: 0, kept: 0, same: 0 },
    left: new Map(),
  };
}

export function countLeft({ left }: Tally, { user, connection, reason, detail }: Left): void {
  const key = JSON.stringify([reason, connection, detail]);
  const known = left.get(key) ?? { reason, connection, detail, count: 0, users: [] };
  known.count += 1;
  if (known.users.length < mostExamples) known.users.push(user);
  left.set(key, known);
}
