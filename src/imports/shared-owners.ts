import type { NewIdentity } from '../identities/identity-store.ts';
import { type ImportableAccount, sharedOf } from './importable-account.ts';

type OwnedIdentity = Pick<NewIdentity, 'id' | 'userId'>;

interface SharedOwner {
  readonly connectionId: string;
  readonly identity: OwnedIdentity;
}

/** The identities that an import has planned and no statement finds yet, by their shared ids. */
export interface SharedOwners {
  add(account: ImportableAccount, identity: OwnedIdentity): void;
  addAll(others: SharedOwners): void;
  /** Returns the user of the first of them with the account's shared id at another connection. */
  ownerOf(account: ImportableAccount): string | undefined;
  /** Returns the first of them with the account's shared id at the same connection. */
  sameAt(account: ImportableAccount): OwnedIdentity | undefined;
  readonly owners: ReadonlyMap<string, readonly SharedOwner[]>;
}

export function createSharedOwners(): SharedOwners {
  const owners = new Map<string, readonly SharedOwner[]>();
  const idOf = (account: ImportableAccount) => {
    const shared = sharedOf(account);
    return shared && JSON.stringify([shared.space, shared.value]);
  };
  const knownOf = (account: ImportableAccount) => {
    const id = idOf(account);
    return id === undefined ? [] : (owners.get(id) ?? []);
  };
  return {
    owners,
    addAll(others) {
      for (const [id, some] of others.owners) owners.set(id, [...(owners.get(id) ?? []), ...some]);
    },
    add(account, identity) {
      const id = idOf(account);
      if (id === undefined) return;
      const { connectionId } = account.key;
      owners.set(id, [...(owners.get(id) ?? []), { connectionId, identity }]);
    },
    ownerOf: (account) =>
      knownOf(account).find(({ connectionId }) => connectionId !== account.key.connectionId)?.identity.userId,
    sameAt: (account) =>
      knownOf(account).find(({ connectionId }) => connectionId === account.key.connectionId)?.identity,
  };
}
