import type { SharedId } from '../identities/shared-id.ts';
import { isConfirmed } from '../identities/unconfirmed.ts';
import type { SharedAt, UnconfirmedBatch, UserImportStore } from '../identities/user-import-store.ts';
import type { ImportableAccount } from './importable-account.ts';
import { type Facts, type ImportableUser, type KnownIdentity, keyText } from './plan.ts';
import type { Run } from './run.ts';

export interface BatchFacts extends Facts {
  /** The number of known accounts. */
  readonly knownCount: number;
  /** The unconfirmed accounts, and the identities that were found. */
  readonly unconfirmed: UnconfirmedBatch;
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
  const unconfirmed = unknown.filter((one) => one.unconfirmed);
  for (const account of unconfirmed) {
    // A sign-in has shown that the exported id is the shared one.
    const same = sharersOf(account).find(
      ({ connectionId, identity }) => identity.connectionId === connectionId,
    );
    const planned = run.dryRunSharedOwners.sameAt({ ...account, profile: { shared: sharedOf(account) } });
    const identity = same?.identity ?? planned;
    if (identity) known.set(keyText(account.key), identity);
  }
  const sharedOwnerOf = (account: ImportableAccount) =>
    sharersOf(account).find(({ connectionId, identity }) => identity.connectionId !== connectionId)?.identity
      .userId ?? run.dryRunSharedOwners.ownerOf({ key: account.key, profile: { shared: sharedOf(account) } });
  const knownKeys = new Set(accounts.map(({ key }) => keyText(key)).filter((key) => known.has(key)));
  return {
    known,
    knownCount: knownKeys.size,
    mistakenOf,
    sharedOwnerOf,
    refByUserId,
    userIdByRef,
    unconfirmed: {
      keys: unconfirmed.flatMap(({ key, formerKeys }) => [key, ...formerKeys]),
      shared: unconfirmed.flatMap(sharedAt),
      spaces,
      seen: new Set([...found, ...sharers.map(({ identity }) => identity)].map(({ id }) => id)),
    },
  };
}

function sharedOf({ profile, unconfirmed }: ImportableAccount): SharedId | undefined {
  return unconfirmed?.shared ?? profile.shared;
}

function sharedAt(account: ImportableAccount): readonly SharedAt[] {
  const shared = sharedOf(account);
  return shared ? [{ ...shared, connectionId: account.key.connectionId }] : [];
}
