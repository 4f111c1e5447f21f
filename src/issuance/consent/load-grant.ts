import type { Client, Grant, KoaContextWithOIDC } from 'oidc-provider';
import { traitsOf } from '../registry/client-metadata.ts';
import type { KnownConnections } from './connection-binding.ts';
import type { ConsentStore } from './consent-store.ts';
import { grantOfSession } from './grant-lifetime.ts';
import type { ResourceServers } from './resource-servers.ts';
import {
  addTo,
  grantCovers,
  intersectionOf,
  noScopes,
  requestedScopes,
  type Scopes,
  unionOf,
} from './scopes.ts';

/**
 * Returns the loader of a request's grant. Each authorization has its own grant. Therefore a revoked token (RFC 7009
 * section 2.1), a code used twice (RFC 6749 section 4.1.2) and a stolen refresh token end one authorization. Others of the
 * same app and browser stay. Consents are stored apart from grants.
 */
export function createGrantLoader(
  consents: Pick<ConsentStore, 'find'>,
  resourceServers: Pick<ResourceServers, 'waivesConsent'>,
  knownConnections: KnownConnections,
) {
  /** Returns the requested scopes that this app gets without asking its users. */
  async function waived(client: Client, { oidc, resources, connections }: Scopes): Promise<Scopes> {
    if (!traitsOf(client).firstParty) return noScopes;
    const lists = Object.entries(resources).map(async ([resource, list]) =>
      (await resourceServers.waivesConsent(client, resource)) ? [[resource, list] as const] : [],
    );
    return { oidc, resources: Object.fromEntries((await Promise.all(lists)).flat()), connections };
  }

  return async function loadExistingGrant(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
    const { client, account, session, result, entities, provider } = ctx.oidc;
    if (!client || !account || !session) return undefined;
    const owner = { accountId: account.accountId, clientId: client.clientId };
    // A request that continues after a page keeps its grant.
    const begunGrantId = result?.consent?.grantId ?? entities.Interaction?.grantId;
    const known = begunGrantId === undefined ? undefined : await provider.Grant.find(begunGrantId);
    const fits = known?.accountId === owner.accountId && known.clientId === owner.clientId;
    const current = fits ? known : undefined;

    const requested = requestedScopes(ctx, await knownConnections());
    const consented = (await consents.find(owner.accountId, owner.clientId))?.scopes ?? noScopes;
    const allowed = unionOf(intersectionOf(requested, consented), await waived(client, requested));
    const nothingAllowed =
      allowed.oidc.length === 0 && Object.values(allowed.resources).every((list) => !list.length);
    if (nothingAllowed || (current && grantCovers(current, allowed))) return current;

    const grant = current ?? grantOfSession(provider, owner, session.uid);
    addTo(grant, allowed);
    await grant.save();
    return grant;
  };
}
