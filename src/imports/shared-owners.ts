import type { IdentityKey, IdentityProfile } from '../identities/identity-store.ts';

/** An identity, or an account that becomes one, with its shared id. */
interface Sharing {
  readonly key: Pick<IdentityKey, 'connectionId'>;
  readonly profile: Pick<IdentityProfile, 'shared'>;
}

/** The users whom an import has planned and no statement finds yet, by their shared ids. */
export interface SharedOwners {
  add(account: Sharing, userId: string): void;
  /** Returns the first of them with the account's shared id at another connection. */
  ownerOf(account: Sharing): string | undefined;
}

export function createSharedOwners(): SharedOwners {
  const owners = new Map<string, { readonly connectionId: string; readonly userId: string }[]>();
  const idOf = ({ profile: { shared } }: Sharing) => shared && JSON.stringify([shared.space, shared.value]);
  return {
    add(account, userId) {
      const id = idOf(account);
      if (id === undefined) return;
      const { connectionId } = account.key;
      owners.set(id, [...(owners.get(id) ?? []), { connectionId, userId }]);
    },
    ownerOf(account) {
      const id = idOf(account);
      const known = id === undefined ? [] : (owners.get(id) ?? []);
      return known.find(({ connectionId }) => connectionId !== account.key.connectionId)?.userId;
    },
  };
}
