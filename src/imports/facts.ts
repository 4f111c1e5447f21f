import { nearThere } from '../identities/near.ts';
import { isConfirmed } from '../identities/unconfirmed.ts';
import type { InsertGuard, SharedAt, UserImportStore } from '../identities/user-import-store.ts';
import { type ImportableAccount, sharedOf } from './importable-account.ts';
import { type Facts, type ImportableUser, type KnownIdentity, keyText } from './plan.ts';
import type { Run } from './run.ts';

export interface BatchFacts extends Facts {
  /** The number of known accounts. */
  readonly knownCount: number;
  /** Undefined: no id leads to another account or to a person. */
  readonly guard: InsertGuard | undefined;
}

/** Reads which accounts of the batch have an identity here, and which users here have their shared ids. */
export async function readFacts(
  identities: Pick<UserImportStore, 'findKnown' | 'sharersOf'>,
  batch: readonly ImportableUser[],
  run: Run,
): Promise<BatchFacts> {
  const { refByUserId, userIdByRef, spaces } = run;
  const accounts = batch.flatMap((one) => one.accounts);
  const found = await identities.findKnown(
    accounts.flatMap(({ key, formerKeys, mistakenKeys }) => [key, ...formerKeys, ...mistakenKeys]),
  );
  const foundByKey = new Map(found.map((identity) => [keyText(identity), identity]));
  const known = new Map<string, KnownIdentity>(foundByKey);
  const mistakenOf = ({ key: own, mistakenKeys }: ImportableAccount) =>
    mistakenKeys
      // An account that is known here is confirmed already, and the unconfirmed one may be of a person who has two users.
      .filter((key) => isConfirmed(key) || !known.has(keyText(own)))
      .map((key) => {
        const planned = run.dryRunIdentities.get(keyText(key));
        return foundByKey.get(keyText(key)) ?? (planned && { ...planned, ...key });
      })
      .find((identity) => identity && !run.dryRunRekeys.has(identity.id));
  for (const { key, formerKeys } of accounts) {
    const [former] = formerKeys.flatMap((one) => foundByKey.get(keyText(one)) ?? []);
    if (former && !known.has(keyText(key))) known.set(keyText(key), former);
    const [planned] = [key, ...formerKeys].flatMap((one) => run.dryRunIdentities.get(keyText(one)) ?? []);
    if (planned && !known.has(keyText(key))) known.set(keyText(key), planned);
  }
  const unknown = accounts.filter(({ key }) => !known.has(keyText(key)));
  const sharers = await identities.sharersOf(unknown.flatMap(sharedAt), spaces);
  const sharersOf = (account: ImportableAccount) =>
    sharedAt(account).flatMap((asked) =>
      sharers.filter(
        ({ connectionId, space, value }) =>
          connectionId === asked.connectionId && space === asked.space && value === asked.value,
      ),
    );
  const there = new Map(unknown.map((one) => [one, keysThere(one, run)]));
  const keys = [...there.values()].flat();
  const foundThere = keys.length === 0 ? [] : await identities.findKnown(keys);
  const ownersThere = new Map(foundThere.map((identity) => [keyText(identity), identity.userId]));
  const unconfirmedOwnerOf = (account: ImportableAccount) =>
    there.get(account)?.flatMap((key) => ownersThere.get(keyText(key)) ?? [])[0];
  const unconfirmed = unknown.filter((one) => one.unconfirmed);
  for (const account of unconfirmed) {
    // A sign-in has shown that the exported id is the shared one.
    const same = sharersOf(account).find(
      ({ connectionId, identity }) => identity.connectionId === connectionId,
    );
    const planned = run.dryRunSharedOwners.sameAt(account);
    const identity = same?.identity ?? planned;
    if (identity) known.set(keyText(account.key), identity);
  }
  const sharedOwnerOf = (account: ImportableAccount) =>
    sharersOf(account).find(({ connectionId, identity }) => identity.connectionId !== connectionId)?.identity
      .userId ??
    unconfirmedOwnerOf(account) ??
    run.dryRunSharedOwners.ownerOf(account);
  const knownKeys = new Set(accounts.map(({ key }) => keyText(key)).filter((key) => known.has(key)));
  return {
    known,
    knownCount: knownKeys.size,
    mistakenOf,
    sharedOwnerOf,
    refByUserId,
    userIdByRef,
    guard: guardOf(unknown, {
      keysThere: keys,
      spaces,
      seen: new Set(
        [...found, ...foundThere, ...sharers.map(({ identity }) => identity)].map(({ id }) => id),
      ),
    }),
  };
}

/** Returns the ids by which a concurrent sign-in or import may store one of the accounts, or its person. */
function guardOf(
  unknown: readonly ImportableAccount[],
  given: Pick<InsertGuard, 'keysThere' | 'spaces' | 'seen'>,
): InsertGuard | undefined {
  const keys = unknown.flatMap(({ key, formerKeys, mistakenKeys, unconfirmed }) =>
    unconfirmed ? [key, ...formerKeys] : mistakenKeys.filter((one) => !isConfirmed(one)),
  );
  const shared = unknown.flatMap(sharedAt);
  return keys.length + shared.length === 0 ? undefined : { ...given, keys, shared };
}

/** Returns the keys at other connections under which an import may have stored the account's shared id. */
function keysThere(account: ImportableAccount, { connections, spaces }: Run) {
  const { connectionId } = account.key;
  const near = nearThere({ connectionId, shared: sharedOf(account) }, { all: connections, spaces });
  return near.unconfirmedThere;
}

function sharedAt(account: ImportableAccount): readonly SharedAt[] {
  const shared = sharedOf(account);
  return shared ? [{ ...shared, connectionId: account.key.connectionId }] : [];
}
