import type { Mended, MendOutcome } from '../offboarding/mend-identities.ts';
import { formatCount, tableOf } from './table.ts';

/** The outcomes in words for the operator: what was done, and what is left. */
const words: Readonly<Record<MendOutcome, string>> = {
  rekeyed: 'gets the right id, with its tokens',
  merged: 'the imported user is merged into the one who signed in',
  same_user: 'the user has the right account too, so the wrong one goes',
  several_users: 'left: the right account belongs to another user; --merge merges the two',
  ask_provider: 'left: only the provider knows the right id; --ask asks it',
  provider_silent: 'left: the provider was asked and does not name this account',
  unknown_subject: 'left: nothing leads to the right id; the next sign-in creates the account',
  user_disabled: 'left: one of the two users is disabled',
  has_role:
    'left: one of the two users has a role here, which a merge would give to the accounts of the other',
  holds_role: 'left: the user has a role here; --change-role-holders puts the account right all the same',
  busy: 'left: a refresh of its tokens is not finished; run the command again',
  changed: 'left: it was changed at the same time; run the command again',
};

/** The accounts of one connection with one outcome. */
export interface MendCount {
  readonly of: Pick<Mended, 'connection' | 'outcome'>;
  count: number;
}

export function mendSummary(counts: readonly MendCount[], write: boolean): string {
  if (counts.length === 0) return 'No account has an id that no sign-in produces.';
  const rows = counts.map(({ of: { connection, outcome }, count }) => [
    connection,
    formatCount(count),
    outcome,
    words[outcome],
  ]);
  const table = tableOf([['CONNECTION', 'ACCOUNTS', 'OUTCOME', ''], ...rows]);
  return write ? table : `Nothing was written. It would be:\n${table}Add --write to do it.`;
}
