import { ZodError } from 'zod';
import type { ExportedUser, ReadUser } from './exported-user.ts';
import { type ImportContext, importableAccount } from './importable-account.ts';
import type { ImportableUser } from './plan.ts';
import type { Left } from './reasons.ts';

export interface Reading extends ImportContext {
  readonly read: ReadUser;
  /** The number of the record, counted from 1. */
  readonly number: number;
}

/** Returns the importable part of a record, and the parts that are skipped. */
export function readRecord(
  record: unknown,
  reading: Reading,
): { readonly importable?: ImportableUser; readonly left: readonly Left[] } {
  const user = userIn(record, reading);
  if ('reason' in user) return { left: [user] };
  const withUser = (left: Omit<Left, 'user'>): Left => ({ user: user.ref, ...left });
  const notImported = user.left.map((reason) => withUser({ reason }));
  if (user.left.includes('service_account')) return { left: notImported };
  if (user.accounts.length === 0) return { left: [...notImported, withUser({ reason: 'no_account' })] };
  const results = user.accounts.map((account) => importableAccount(account, reading));
  const importable = results.flatMap(({ importable }) => (importable ? [importable] : []));
  const left = [...notImported, ...results.flatMap((one) => one.left.map(withUser))];
  return importable.length > 0 ? { importable: { user, accounts: importable }, left } : { left };
}

function userIn(record: unknown, { read, number, now }: Reading): ExportedUser | Left {
  try {
    return read(record, { now });
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    const [issue] = error.issues;
    const at = issue?.path.map(String).join('.');
    return { user: `record ${number}`, reason: 'malformed', ...(at && { detail: at }) };
  }
}
