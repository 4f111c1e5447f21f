import { ZodError } from 'zod';
import { isPlain } from '../kit/plain-text.ts';
import type { ExportedAccount, ExportedUser, Open, ReadUser } from './exported-user.ts';
import { type AccountResult, type ImportContext, importableAccount } from './importable-account.ts';
import type { ImportableUser } from './plan.ts';
import type { Left, Reason } from './reasons.ts';

export interface Reading extends ImportContext {
  readonly read: ReadUser;
  /** Opens the tokens that the product has encrypted. Undefined: the operator gave no secret. */
  readonly open?: Open | undefined;
  /** The number of the record, counted from 1. */
  readonly number: number;
}

/** Characters of a user's id in the export, and of the names of connections in the report. */
const longestRef = 1024;
const longestName = 200;

/** Returns the accounts of a record as far as they are importable. An odd record never throws. */
export function readRecord(record: unknown, reading: Reading): ReadRecord {
  try {
    return partsOf(reading.read(record, { now: reading.now, open: reading.open }), reading);
  } catch (error) {
    // A record can be too deeply nested for the call stack, or odd in a way that a format does not expect.
    const malformed = { user: `record ${reading.number}`, reason: 'malformed' } as const;
    const paths = error instanceof ZodError ? pathsOf(error) : [];
    return { left: paths.length > 0 ? paths.map((detail) => ({ ...malformed, detail })) : [malformed] };
  }
}

/** The malformed fields of one record that the report names. */
const mostPaths = 10;

function pathsOf({ issues }: ZodError): readonly string[] {
  const paths = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path],
  );
  const named = paths.map((path) => shortened(path.map(String).join('.'))).filter((path) => path !== '');
  return [...new Set(named)].slice(0, mostPaths);
}

export interface ReadRecord {
  readonly read?: ReadUserAccounts;
  /** The parts of the record that are skipped, beside those of the accounts. */
  readonly left: readonly Left[];
}

export interface ReadUserAccounts {
  readonly user: ExportedUser;
  readonly accounts: readonly ReadAccount[];
}

export interface ReadAccount {
  readonly account: ExportedAccount;
  readonly result: AccountResult;
}

function partsOf(user: ExportedUser, reading: Reading): ReadRecord {
  if (!isUsableRef(user.ref))
    return { left: [{ user: `record ${reading.number}`, reason: 'malformed', detail: 'id' }] };
  const withUser = leftOf(user);
  const notImported = user.left.map((reason) => withUser({ reason }));
  if (user.left.some((reason) => wholeRecord.has(reason))) return { left: notImported };
  if (user.accounts.length === 0) return { left: [...notImported, withUser({ reason: 'no_account' })] };
  const accounts = user.accounts.map((account) => ({ account, result: importableAccount(account, reading) }));
  return { read: { user, accounts }, left: notImported };
}

/** Returns the importable user, if an account is importable, and the parts of the accounts that are skipped. */
export function importableUser({ user, accounts }: ReadUserAccounts): {
  readonly importable?: ImportableUser;
  readonly left: readonly Left[];
} {
  const importable = accounts.flatMap(({ result }) => (result.importable ? [result.importable] : []));
  const left = accounts.flatMap(({ result }) => result.left.map(leftOf(user)));
  if (importable.length > 0) return { importable: { user, accounts: importable }, left };
  const blocked = user.disabled && leftOf(user)({ reason: 'blocked_there', detail: 'not matched' });
  return { left: blocked ? [...left, blocked] : left };
}

/** The reasons that leave out the whole record. */
const wholeRecord: ReadonlySet<Reason> = new Set(['service_account', 'deleted']);

function leftOf({ ref }: ExportedUser) {
  return ({ connection, ...left }: Omit<Left, 'user'>): Left => ({
    user: ref,
    ...(connection !== undefined && { connection: shortened(connection) }),
    ...left,
  });
}

/** An empty id would make one user of all users without an id. */
function isUsableRef(ref: string): boolean {
  return ref !== '' && ref.length <= longestRef && isPlain(ref);
}

function shortened(name: string): string {
  return name.length > longestName ? `${name.slice(0, longestName).toWellFormed()}…` : name;
}
