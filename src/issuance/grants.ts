import type { Client, Grant, KoaContextWithOIDC } from 'oidc-provider';
import { traitsOf } from './client-metadata.ts';
import type { ConsentStore } from './consent-store.ts';
import type { ResourceServers } from './resource-servers.ts';
import { addTo, anyOf, bothOf, grantCovers, noScopes, requestedScopes, type Scopes } from './scopes.ts';

/** A refresh token may live 180 days; a grant that ends sooner is not used for a new one. */
const shortestRest = 181 * 24 * 3600;

/**
 * The grant a request goes on with. There is one for each session and app, so that ending a session, or a stolen
 * token, revokes what was issued in it and no more; what the person has consented to is remembered apart from it.
 */
export function createGrantLoader(
  consents: Pick<ConsentStore, 'find'>,
  resourceServers: Pick<ResourceServers, 'waivesConsent'>,
) {
  async function waived(client: Client, { oidc, resources }: Scopes): Promise<Scopes> {
    if (!traitsOf(client).firstParty) return noScopes;
    const lists = Object.entries(resources).map(async ([resource, list]) =>
      (await resourceServers.waivesConsent(client, resource)) ? [[resource, list] as const] : [],
    );
    return { oidc, resources: Object.fromEntries((await Promise.all(lists)).flat()) };
  }

  return async function loadExistingGrant(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
    const { client, account, session, result, provider } = ctx.oidc;
    if (!client || !account || !session) return undefined;
    const owner = { accountId: account.accountId, clientId: client.clientId };
    const grantId = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
    const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    const fits = known?.accountId === owner.accountId && known.clientId === owner.clientId;
    const current = known && fits && known.remainingTTL > shortestRest ? known : undefined;

    const requested = requestedScopes(ctx);
    const consented = (await consents.find(owner.accountId, owner.clientId))?.scopes ?? noScopes;
    const allowed = anyOf(bothOf(requested, consented), await waived(client, requested));
    const nothing =
      allowed.oidc.length === 0 && Object.values(allowed.resources).every((list) => !list.length);
    if (nothing || (current && grantCovers(current, allowed))) return current;

    const grant = current ?? new provider.Grant(owner);
    addTo(grant, allowed);
    await grant.save();
    return grant;
  };
}
