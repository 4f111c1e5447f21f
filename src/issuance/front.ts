import { createAdapterFactory } from './adapter.ts';
import { type BackchannelLogouts, createBackchannelLogouts } from './backchannel-logout.ts';
import { createBackchannelLogoutStore } from './backchannel-logout-store.ts';
import type { Core } from './core.ts';
import { createDefaultScope } from './default-scope.ts';
import { createEndings, type Endings } from './endings.ts';
import type { RegisteredGrant } from './further-grants.ts';
import { createFurtherResources } from './further-resources.ts';
import { createGrantLife } from './grant-life.ts';
import { createJwtAccessTokens } from './jwt-access-tokens.ts';
import { createLastResort } from './last-resort.ts';
import { createMetadata } from './metadata.ts';
import type { IssuanceDeps } from './ports.ts';
import { createProviderConfiguration } from './provider-configuration.ts';
import { createProviderHost, type ProviderHost } from './provider-host.ts';
import { createRefreshGrace } from './refresh-grace.ts';
import { createResourceServers, type ResourceServers } from './resource-servers.ts';
import { createReuseEvents } from './reuse-events.ts';
import { createDressedRefreshTokens, createSecondIssuerAnswers, type SecondIssuer } from './second-issuer.ts';
import { createSessionOrigins } from './session-origins.ts';
import { createSignOut } from './sign-out.ts';
import { createStructuredTokens } from './structured-tokens.ts';
import { createVerifyAccessToken, type VerifyAccessToken } from './verify-access-token.ts';
import { createVerifyRefreshToken, type VerifyRefreshToken } from './verify-refresh-token.ts';

/** oidc-provider with everything that stands around it. */
export interface Front {
  readonly host: ProviderHost;
  /** The same under the second name. */
  readonly second: ProviderHost | undefined;
  readonly verifyAccessToken: VerifyAccessToken;
  readonly verifyRefreshToken: VerifyRefreshToken;
  readonly endings: Endings;
  readonly logouts: BackchannelLogouts;
  readonly resourceServers: ResourceServers;
}

export interface FrontDeps {
  readonly deps: IssuanceDeps;
  readonly core: Core;
  /** Read whenever a provider is made. */
  readonly grants: readonly RegisteredGrant[];
}

export function createFront({ deps, core, grants }: FrontDeps): Front {
  const { issuer, second, clock, log } = deps;
  const { audiences, artifacts, apps, apis, revocations, keys } = core;
  const grace = createRefreshGrace(artifacts, clock);
  const resourceServers = createResourceServers({ audiences, apps, apis });
  const jwts = createJwtAccessTokens({
    issuers: second ? [issuer, second.issuer] : [issuer],
    keys,
    revocations,
  });
  const furtherGrants = () => grants;
  const adapter = createAdapterFactory({ ...core, issuer, furtherGrants, grace, clock });
  const provider = () => host.current();
  const store = createBackchannelLogoutStore(deps.database);
  const logouts = createBackchannelLogouts({ ...deps, store, provider });
  const endings = createEndings({ ...core, logouts, provider });
  const parts = { ...core, deps, adapter, resourceServers, endings };
  const hostOf = (name: string, metadata: SecondIssuer['metadata'] = {}) =>
    createProviderHost({
      issuer: name,
      configuration: createProviderConfiguration({ ...parts, asSecond: name !== issuer }),
      keys,
      surroundings: [
        createLastResort(log),
        createMetadata(issuer, metadata),
        createSecondIssuerAnswers(issuer, second),
        createDressedRefreshTokens(second),
        createStructuredTokens(jwts, revocations),
        createReuseEvents(deps.events),
        createSignOut(deps.onSignOut ?? (async () => undefined)),
        createSessionOrigins(core.origins),
        createDefaultScope(),
        createGrantLife(artifacts),
        createFurtherResources({ resourceServers, consents: core.consents }),
        grace,
        logouts,
      ],
      grants,
      second,
      log,
    });
  const host: ProviderHost = hostOf(issuer);
  const { people, events } = deps;
  return {
    host,
    second: second && hostOf(second.issuer, second.metadata),
    resourceServers,
    verifyAccessToken: createVerifyAccessToken(jwts, provider),
    verifyRefreshToken: createVerifyRefreshToken({ provider, audiences, people, endings, events }),
    endings,
    logouts,
  };
}
