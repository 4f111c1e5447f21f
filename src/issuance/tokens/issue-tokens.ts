import type Provider from 'oidc-provider';
import type { Client, ResourceServer } from 'oidc-provider';
import type { SenderKeys } from '../../http/bearer.ts';
import { connectionsNamed, type KnownConnections } from '../consent/connection-binding.ts';
import type { ConsentStore, StoredConsent } from '../consent/consent-store.ts';
import { leftOut } from '../consent/left-out.ts';
import type { OptionalScopes } from '../consent/optional-scopes.ts';
import { oidcScopes, type ResourceServers } from '../consent/resource-servers.ts';
import { addTo, intersectionOf, isEmpty, noScopes, type Scopes, unionOf } from '../consent/scopes.ts';
import { GrantError } from '../custom-grants.ts';
import type { AgreementPort, KnownConnection, People } from '../ports.ts';
import type { Audiences } from '../registry/audiences.ts';
import { traitsOf } from '../registry/client-metadata.ts';
import { systemTime } from '../system-time.ts';
import { claimsOf, nativeGrantType as gty } from './claims.ts';

export interface TokenRequest {
  readonly userId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly resource: string | undefined;
  /** The keys that the request proves. */
  readonly sender?: SenderKeys;
}

/** Issues tokens for a person who has just signed in without a browser. @throws GrantError */
export type IssueTokens = (request: TokenRequest) => Promise<Record<string, unknown>>;

export interface IssueTokensDeps {
  readonly provider: () => Provider;
  readonly audiences: Audiences;
  readonly resourceServers: ResourceServers;
  readonly consents: Pick<ConsentStore, 'find'>;
  readonly knownConnections: KnownConnections;
  readonly people: Pick<People, 'find'>;
  readonly optionalScopes: OptionalScopes;
  readonly agreement: Pick<AgreementPort, 'pending'>;
}

/** Issues the same tokens under the same rules of consent as the code grant. */
export function createIssueTokens(deps: IssueTokensDeps): IssueTokens {
  const { audiences, resourceServers, consents, optionalScopes, agreement } = deps;

  /** Returns the scopes that the person has allowed, and those of the request that they left out. */
  async function answered(
    client: Client,
    { userId, resource }: TokenRequest & { resource: string },
    asked: Scopes,
  ) {
    const consent = await consents.find(userId, client.clientId);
    // Without any consent, the person has not even allowed the app to learn their id, which needs no scope.
    if ((!consent || isAllLeftOut(consent)) && !traitsOf(client).firstParty) return undefined;
    const consented = consent?.scopes ?? noScopes;
    const waived: Scopes = {
      oidc: traitsOf(client).firstParty ? asked.oidc : [],
      ...((await resourceServers.waivesConsent(client, resource))
        ? { resources: asked.resources, connections: asked.connections }
        : { resources: {}, connections: [] }),
    };
    const allowed = unionOf(intersectionOf(asked, consented), waived);
    const declined = consent
      ? await leftOut(optionalScopes, consent, { requested: asked, allowed })
      : noScopes;
    return { allowed, declined: new Set(declined.resources[resource]) };
  }

  return async (request) => {
    const provider = deps.provider();
    const [client, person] = await Promise.all([
      provider.Client.find(request.clientId),
      deps.people.find(request.userId),
    ]);
    if (!client || !person || person.disabled)
      throw new GrantError('invalid_grant', 'There is no person of that name.');
    const target = await resourceServers.describe(client, request.resource ?? audiences.broker, false);
    const resource = target.audience;
    const known = await deps.knownConnections();
    const [answers, pending] = await Promise.all([
      answered(client, { ...request, resource }, askedOf({ ...request, resource }, target, known)),
      // The operator's own app asks its people itself: without a browser there is no page of ours.
      traitsOf(client).firstParty ? undefined : agreement.pending(person.id, client.clientId),
    ]);
    const scopes = request.scopes.filter((scope) => !answers?.declined.has(scope));
    const asked = askedOf({ ...request, scopes, resource }, target, known);
    if (pending || !answers || !covers(answers.allowed, asked, resource)) {
      const words = 'The person has not agreed to this yet: send them to the authorization endpoint.';
      throw new GrantError('interaction_required', words);
    }

    const owner = { accountId: person.id, clientId: client.clientId };
    const grant = new provider.Grant(owner);
    addTo(grant, asked);
    const grantId = await grant.save();
    const access = new provider.AccessToken({ accountId: person.id, client, grantId, gty });
    const server = createServer(provider, resource, target);
    Object.assign(access, {
      resourceServer: server,
      scope: scopes.filter((scope) => server.scopes.has(scope)).join(' '),
    });
    const jkt = request.sender?.jkt;
    if (jkt !== undefined) access.setThumbprint('jkt', jkt);
    const source = { accountId: person.id, client, grantId, gty, scope: scopes.join(' ') };
    const withRefreshToken =
      asked.oidc.includes('offline_access') && client.grantTypeAllowed('refresh_token');
    const authTime = Math.floor(systemTime().getTime() / 1000);
    return {
      access_token: await access.save(),
      token_type: access.tokenType,
      expires_in: access.expiration,
      scope: access.scope ?? '',
      ...(withRefreshToken && {
        refresh_token: await new provider.RefreshToken({
          ...source,
          authTime,
          resource,
          rotations: 0,
          claims: {},
          // RFC 9449 section 5: another app authenticates itself at the refresh.
          ...(client.clientAuthMethod === 'none' && { jkt: access.jkt, 'x5t#S256': access['x5t#S256'] }),
        }).save(),
      }),
      ...(asked.oidc.includes('openid') && {
        id_token: await idToken(provider, client, { ...claimsOf(person), auth_time: authTime }, asked),
      }),
    };
  };
}

/** Returns whether the person has left out all that the app asked for. The authorization endpoint answers `access_denied`. */
function isAllLeftOut({ scopes, declined }: StoredConsent): boolean {
  return scopes.oidc.length === 0 && isEmpty(scopes.resources) && !isEmpty(declined.resources);
}

function askedOf(
  { scopes, resource }: TokenRequest & { readonly resource: string },
  { scope }: ResourceServer,
  connections: readonly KnownConnection[],
): Scopes {
  const known = new Set(scope.split(' '));
  const oidc = scopes.filter((name) => oidcScopes.some((one) => one === name));
  const names = scopes.filter((name) => known.has(name));
  return { oidc, resources: { [resource]: names }, connections: connectionsNamed(names, connections) };
}

function covers(allowed: Scopes, asked: Scopes, resource: string): boolean {
  const has = (list: readonly string[] = [], wanted: readonly string[] = []) =>
    wanted.every((scope) => list.includes(scope));
  return (
    has(allowed.oidc, asked.oidc) &&
    has(allowed.resources[resource], asked.resources[resource]) &&
    has(allowed.connections, asked.connections)
  );
}

/** The class is a member of the provider that oidc-provider's types lack. */
function createServer(provider: Provider, resource: string, target: ResourceServer) {
  const { ResourceServer: Server } = provider as unknown as {
    ResourceServer: new (
      resource: string,
      target: ResourceServer,
    ) => ResourceServer & { scopes: Set<string> };
  };
  return new Server(resource, target);
}

async function idToken(
  provider: Provider,
  client: Client,
  claims: Record<string, unknown>,
  { oidc }: Scopes,
): Promise<string> {
  const token = new provider.IdToken(claims, { client });
  Object.assign(token, { scope: oidc.join(' ') });
  return await token.issue({ use: 'idtoken' });
}
