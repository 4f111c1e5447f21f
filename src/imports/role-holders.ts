import type { UserImportStore } from '../identities/user-import-store.ts';
import { type Facts, type ImportableUser, keyText } from './plan.ts';

/**
 * Returns the users here with a role to whom accounts of the batch may belong. An account is a way to sign in, and a file of
 * another product must not give one to the people who run this one.
 */
export async function roleHoldersIn(
  batch: readonly ImportableUser[],
  { known, mistakenOf, sharedOwnerOf, userIdByRef }: Facts,
  identities: Pick<UserImportStore, 'accessOf'>,
): Promise<ReadonlySet<string>> {
  const owners = batch.flatMap(({ user, accounts }) => [
    userIdByRef.get(user.ref),
    ...accounts.flatMap((one) => [
      known.get(keyText(one.key))?.userId,
      mistakenOf(one)?.userId,
      sharedOwnerOf(one),
    ]),
  ]);
  const ids = [...new Set(owners.filter((id) => id !== undefined))];
  const access = ids.length === 0 ? [] : await identities.accessOf(ids);
  return new Set(access.filter(({ roles }) => roles.length > 0).map(({ id }) => id));
}
