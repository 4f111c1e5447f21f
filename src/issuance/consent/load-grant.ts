import type { Client, Grant, KoaContextWithOIDC } from 'oidc-provider';
import { traitsOf } from '../registry/client-metadata.ts';
import type { KnownConnections } from './connection-binding.ts';
import type { ConsentStore } from './consent-store.ts';
import { grantOfSession } from './grant-lifetime.ts';
import { leftOut } from './left-out.ts';
import type { OptionalScopes } from './optional-scopes.ts';
import type { ResourceServers } from './resource-servers.ts';
import {
  addTo,
  grantCovers,
  intersectionOf,
  isEmpty,
  noScopes,
  rejectFor,
  rejects,
  requestedScopes,
  type Scopes,
  unionOf,
} from './scopes.ts';
import { isUnprovenApp } from './unproven-app.ts';

export interface GrantLoaderDeps {
  readonly consents: Pick<ConsentStore, 'find'>;
  readonly resourceServers: Pick<ResourceServers, 'waivesConsent'>;
  readonly knownConnections: KnownConnections;
  readonly optionalScopes: OptionalScopes;
}

/**
 * Returns the loader of a request's grant. Each authorization has its own grant. Therefore a revoked token (RFC 7009
 * section 2.1), a code used twice (RFC 6749 section 4.1.2) and a stolen refresh token end one authorization. Others of the
 * same app and browser stay. Consents are stored apart from grants.
 */
export function createGrantLoader({
  consents,
  resourceServers,
  knownConnections,
  optionalScopes,
}: GrantLoaderDeps) {
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
    const consent = await consents.find(owner.accountId, owner.clientId);
    const consented = consent?.scopes ?? noScopes;
    const allowed = unionOf(intersectionOf(requested, consented), await waived(client, requested));
    // Where the consent page comes anyway, it asks again for what the person left out before.
    const isAskedAgain = ctx.oidc.promptPending('consent') || isUnprovenApp(ctx);
    const declined =
      consent && !isAskedAgain ? await leftOut(optionalScopes, consent, { requested, allowed }) : noScopes;
    const isNothing = allowed.oidc.length === 0 && isEmpty(allowed.resources) && isEmpty(declined.resources);
    const isKnown = current && grantCovers(current, allowed) && rejects(current, declined.resources);
    if (isNothing || isKnown) return current;

    const grant = current ?? grantOfSession(provider, owner, session.uid);
    addTo(grant, allowed);
    rejectFor(grant, declined.resources);
    await grant.save();
    return grant;
  };
}
