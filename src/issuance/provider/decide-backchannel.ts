import { errors, type default as Provider } from 'oidc-provider';
import { connectionsNamed, type KnownConnections } from '../consent/connection-binding.ts';
import { grantOfSession } from '../consent/grant-lifetime.ts';
import { oidcScopes, type ResourceServers } from '../consent/resource-servers.ts';
import { addTo, type Scopes } from '../consent/scopes.ts';
import type { ApprovedDetail } from '../tokens/call-details.ts';

export interface DecideBackchannelDeps {
  readonly provider: () => Provider;
  readonly resourceServers: Pick<ResourceServers, 'describe'>;
  readonly knownConnections: KnownConnections;
}

/**
 * Returns the function that says to an app what its person has decided (CIBA 1.0 section 10). A request that has ended, or was decided before, stays as
 * it is. What the person may allow was checked when the request came.
 */
export function createDecideBackchannel({
  provider,
  resourceServers,
  knownConnections,
}: DecideBackchannelDeps) {
  return async (
    reference: string,
    approved: boolean,
    details: readonly ApprovedDetail[] = [],
  ): Promise<void> => {
    const current = provider();
    const request = await current.BackchannelAuthenticationRequest.find(reference);
    if (!request || request.grantId !== undefined || request.error !== undefined) return;
    if (!approved) {
      await current.backchannelResult(request, new errors.AccessDenied('the person has denied the request'));
      return;
    }
    const client = await current.Client.find(request.clientId ?? '');
    const { accountId } = request;
    if (!client || accountId === undefined) return;
    const asked = (request.scope ?? '').split(' ');
    const names = [request.resource ?? []].flat().filter((name) => typeof name === 'string');
    const lists = names.map(async (resource) => {
      const known = new Set((await resourceServers.describe(client, resource, false)).scope.split(' '));
      return [resource, asked.filter((scope) => known.has(scope))] as const;
    });
    const resources = Object.fromEntries(await Promise.all(lists));
    const scopes: Scopes = {
      oidc: oidcScopes.filter((scope) => asked.includes(scope)),
      resources,
      connections: connectionsNamed(Object.values(resources).flat(), await knownConnections()),
    };
    const grant = grantOfSession(current, { accountId, clientId: client.clientId }, undefined);
    addTo(grant, scopes);
    await grant.save();
    const rar = details.map((detail) => ({ ...detail }));
    await current.backchannelResult(request, grant, rar.length > 0 ? { rar } : {});
  };
}
