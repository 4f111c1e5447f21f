import type { KoaContextWithOIDC } from 'oidc-provider';
import type { ConsentStore } from '../consent/consent-store.ts';
import { providerTokenScope } from '../consent/resource-servers.ts';
import type { People } from '../ports.ts';
import { traitsOf } from '../registry/client-metadata.ts';

export interface UnlinkedAccountsDeps {
  readonly people: Pick<People, 'linked'>;
  readonly consents: Pick<ConsentStore, 'find'>;
}

/** The largest number of accounts that a request may name before the person has linked them. */
const mostUnlinked = 4;

/**
 * Returns a function that drops from a request the accounts that the person has not linked, if there are many. A person who
 * allows 62 accounts with one press has agreed to none of them. A few that an app names are asked for, each on its own line. An
 * operator's own app asks its users nothing, so that its request stays.
 */
export function createUnlinkedAccounts({ people, consents }: UnlinkedAccountsDeps) {
  return async ({ oidc }: KoaContextWithOIDC): Promise<void> => {
    const { params, account, client } = oidc;
    if (!params || !account || !client || traitsOf(client).firstParty) return;
    const names = String(params.scope ?? '').split(' ');
    const asked = names.filter((name) => name.startsWith(providerTokenScope));
    if (asked.length <= mostUnlinked) return;
    const [linked, consent] = await Promise.all([
      people.linked(account.accountId),
      consents.find(account.accountId, client.clientId),
    ]);
    const known = new Set([
      ...linked.map(({ connection }) => `${providerTokenScope}${connection}`),
      ...Object.values(consent?.scopes.resources ?? {}).flat(),
    ]);
    const unlinked = asked.filter((name) => !known.has(name));
    if (unlinked.length > mostUnlinked)
      params.scope = names.filter((name) => !unlinked.includes(name)).join(' ');
  };
}
