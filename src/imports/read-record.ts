import { ZodError } from 'zod';
import type { PeerUser, ReadUser } from './peer-user.ts';
import type { Resolved } from './plan.ts';
import type { Left } from './reasons.ts';
import { type Resolving, resolveAccount } from './resolve-account.ts';

export interface Reading extends Resolving {
  readonly read: ReadUser;
  /** Of the record, counted from 1. */
  readonly number: number;
}

/** A record of an export as it would be here, and what of it is left out. */
export function readRecord(
  record: unknown,
  reading: Reading,
): { readonly resolved?: Resolved; readonly left: readonly Left[] } {
  const user = userIn(record, reading);
  if ('reason' in user) return { left: [user] };
  const mine = (left: Omit<Left, 'user'>): Left => ({ user: user.ref, ...left });
  const unfit = user.left.map((reason) => mine({ reason }));
  if (user.left.includes('service_account')) return { left: unfit };
  if (user.accounts.length === 0) return { left: [...unfit, mine({ reason: 'no_account' })] };
  const accounts = user.accounts.map((account) => resolveAccount(account, reading));
  const candidates = accounts.flatMap(({ candidate }) => (candidate ? [candidate] : []));
  const left = [...unfit, ...accounts.flatMap((one) => one.left.map(mine))];
  return candidates.length > 0 ? { resolved: { user, candidates }, left } : { left };
}

function userIn(record: unknown, { read, number }: Reading): PeerUser | Left {
  try {
    return read(record);
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    const [issue] = error.issues;
    const at = issue?.path.map(String).join('.');
    return { user: `record ${number}`, reason: 'malformed', ...(at && { detail: at }) };
  }
}
