import type { IdentityKey, IdentityProfile, NewIdentity } from '../identities/identity-store.ts';

type OwnedIdentity = Pick<NewIdentity, 'id' | 'userId'>;

/** An identity, or an account that becomes one, with its shared id. */
interface Sharing {
  readonly key: Pick<IdentityKey, 'connectionId'>;
  readonly profile: Pick<IdentityProfile, 'shared'>;
}

/** The identities that an import has planned and no statement finds yet, by their shared ids. */
export interface SharedOwners {
  add(account: Sharing, identity: OwnedIdentity): void;
  /** Returns the user of the first of them with the account's shared id at another connection. */
  ownerOf(account: Sharing): string | undefined;
  /** Returns the first of them with the account's shared id at the same connection. */
  sameAt(account: Sharing): OwnedIdentity | undefined;
}

export function createSharedOwners(): SharedOwners {
  const owners = new Map<string, { readonly connectionId: string; readonly identity: OwnedIdentity }[]>();
  const idOf = ({ profile: { shared } }: Sharing) => shared && JSON.stringify([shared.space, shared.value]);
  const knownOf = (account: Sharing) => {
    const id = idOf(account);
    return id === undefined ? [] : (owners.get(id) ?? []);
  };
  return {
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
