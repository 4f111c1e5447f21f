import { createUserCodes } from './artifacts/user-codes.ts';
import { createGrantLifetime } from './consent/grant-lifetime.ts';
import { createOptionalScopes, type OptionalScopes } from './consent/optional-scopes.ts';
import { createResourceAtRefresh } from './consent/resource-at-refresh.ts';
import { createResourceServers, type ResourceServers } from './consent/resource-servers.ts';
import type { RegisteredGrant } from './custom-grants.ts';
import type { IssuanceDeps, SecondIssuer } from './ports.ts';
import { createAdapterFactory } from './provider/adapter.ts';
import { createBackchannelPings } from './provider/backchannel.ts';
import type { AskPerson } from './provider/backchannel-port.ts';
import { createDecideBackchannel } from './provider/decide-backchannel.ts';
import { createDeviceEvents, recordGuesses } from './provider/device-events.ts';
import { createDeviceGuesses, type DeviceGuesses } from './provider/device-guesses.ts';
import { createFindApp } from './provider/find-app.ts';
import { createFlowLanguage } from './provider/flow-language.ts';
import { createFormPostPage } from './provider/form-post-page.ts';
import {
  createErrorFallback,
  createMetadata,
  createSignOut,
  createStatedScope,
} from './provider/middlewares.ts';
import { createPolling } from './provider/polling.ts';
import { createProviderConfiguration } from './provider/provider-configuration.ts';
import { createProviderHost, type ProviderHost } from './provider/provider-host.ts';
import { createQuestionLimit } from './provider/question-limit.ts';
import { createResourceSpelling } from './provider/registered-resources.ts';
import { createRequestArtifacts } from './provider/request-artifacts.ts';
import { createDefaultScope } from './provider/request-checks.ts';
import { createRequiredBinding } from './provider/required-binding.ts';
import { createSecondIssuerResponses, createWrappedRefreshTokens } from './provider/second-issuer.ts';
import { type BackchannelLogouts, createBackchannelLogouts } from './sessions/backchannel-logout.ts';
import { createBackchannelLogoutStore } from './sessions/backchannel-logout-store.ts';
import { createPersonSessions, type PersonSessions } from './sessions/person-sessions.ts';
import { createRevoker, type Revoker } from './sessions/revoker.ts';
import { createSessionOrigins } from './sessions/session-origins.ts';
import type { IssuanceStores } from './stores.ts';
import type { ExactCalls } from './tokens/call-details.ts';
import { createClientRefusals } from './tokens/client-refusals.ts';
import { createJwtAccessTokens } from './tokens/jwt-access-tokens.ts';
import { createRefreshGrace } from './tokens/refresh-grace.ts';
import { createReuseEvents } from './tokens/reuse-events.ts';
import { createStructuredTokens } from './tokens/structured-tokens.ts';
import { createUseNotes } from './tokens/use-notes.ts';
import {
  createPeekAccessToken,
  createVerifyAccessToken,
  createVerifyOwnToken,
  type PeekAccessToken,
  type VerifyAccessToken,
  type VerifyOwnToken,
} from './tokens/verify-access-token.ts';
import { createVerifyRefreshToken, type VerifyRefreshToken } from './tokens/verify-refresh-token.ts';

/** oidc-provider with its middlewares, stores and token checks. */
export interface ProviderStack {
  readonly host: ProviderHost;
  /**
   * The provider of the second issuer, with which a dialect serves apps made for another broker; undefined:
   * there is none.
   */
  readonly second: ProviderHost | undefined;
  readonly verifyAccessToken: VerifyAccessToken;
  readonly peekAccessToken: PeekAccessToken;
  readonly verifyOwnToken: VerifyOwnToken;
  readonly verifyRefreshToken: VerifyRefreshToken;
  readonly revoker: Revoker;
  readonly sessions: PersonSessions;
  readonly logouts: BackchannelLogouts;
  readonly guesses: DeviceGuesses;
  /** Sets the room that asks people about sign-ins that an app begins elsewhere. */
  askPersonBy(ask: AskPerson): void;
  readonly decideBackchannel: ReturnType<typeof createDecideBackchannel>;
  /** Sets the room that judges the exact calls for which apps ask. */
  judgeCallsBy(calls: ExactCalls): void;
  readonly exactCalls: () => ExactCalls | undefined;
  readonly resourceServers: ResourceServers;
  readonly optionalScopes: OptionalScopes;
}

export interface ProviderStackDeps {
  readonly deps: IssuanceDeps;
  readonly stores: IssuanceStores;
  /** Read whenever a provider is created. */
  readonly grants: readonly RegisteredGrant[];
}

export function createProviderStack({ deps, stores: shared, grants }: ProviderStackDeps): ProviderStack {
  const { issuer, second, clock, log } = deps;
  const requests = createRequestArtifacts(shared);
  const stores = { ...shared, artifacts: requests.artifacts };
  const { artifacts, revocations, keys, senders, demands, standingOf } = stores;
  const grace = createRefreshGrace(artifacts, clock);
  const resourceServers = createResourceServers({ ...stores });
  const jwts = createJwtAccessTokens({
    issuers: second ? [issuer, second.issuer] : [issuer],
    second,
    keys,
    revocations,
  });
  const customGrants = () => grants;
  const findApp = createFindApp(stores.findAdmitted);
  const userCodes = createUserCodes(deps.keyring.derive('user-codes'));
  const guesses = createDeviceGuesses({ clock, onUsedUp: recordGuesses(deps) });
  const adapter = createAdapterFactory({
    ...stores,
    findApp,
    userCodes,
    issuer,
    customGrants,
    grace,
    clock,
    certificates: deps.clientCertificates,
  });
  const provider = () => host.current();
  const store = createBackchannelLogoutStore(deps.database);
  const logouts = createBackchannelLogouts({ ...deps, store, provider });
  const revoker = createRevoker({ ...stores, logouts, provider });
  const sessions = createPersonSessions({ ...stores, revoker, provider });
  const optionalScopes = createOptionalScopes({ ...stores, people: deps.people });
  const asking: { person?: AskPerson; calls?: ExactCalls } = {};
  const askPerson = () => asking.person;
  const exactCalls = () => asking.calls;
  const questions = createQuestionLimit(artifacts);
  const parts = {
    ...stores,
    askPerson,
    exactCalls,
    questions,
    guesses,
    deps,
    adapter,
    resourceServers,
    optionalScopes,
    revoker,
  };
  const hostOf = (name: string, metadata: SecondIssuer['metadata'] = {}) =>
    createProviderHost({
      issuer: name,
      configuration: createProviderConfiguration({ ...parts, asSecond: name !== issuer }),
      keys,
      extensions: [
        createErrorFallback(log),
        createMetadata(issuer, { ...deps, ...stores, overrides: metadata }),
        createSecondIssuerResponses(issuer, second),
        createWrappedRefreshTokens(second),
        createStructuredTokens({ jwts, revocations, demands, standingOf }),
        createReuseEvents(deps.events),
        createClientRefusals(deps),
        createUseNotes({ ...deps, moments: stores.selfRegistered }),
        createFormPostPage(),
        createFlowLanguage(deps.secure),
        createBackchannelPings(deps),
        createPolling({ clock, interval: deps.pollInterval }),
        createDeviceEvents(deps),
        createSignOut(deps.onSignOut ?? (async () => undefined)),
        createStatedScope(),
        createDefaultScope(second),
        createGrantLifetime(artifacts),
        createRequiredBinding({ demands, certificates: deps.clientCertificates }),
        createResourceSpelling(),
        createResourceAtRefresh({ ...stores, resourceServers }),
        grace,
        logouts,
        // What the others read and write after the request is stored by then.
        requests,
        createSessionOrigins(requests.origins, sessions.seen),
      ],
      grants,
      second,
      senders,
      log,
    });
  const host: ProviderHost = hostOf(issuer);
  const { people, events } = deps;
  return {
    host,
    second: second && hostOf(second.issuer, second.metadata),
    resourceServers,
    optionalScopes,
    verifyAccessToken: createVerifyAccessToken({ jwts, provider, senders, demands, standingOf }),
    peekAccessToken: createPeekAccessToken({ ...stores, jwts, audience: stores.audiences.broker }),
    verifyOwnToken: createVerifyOwnToken(jwts, standingOf),
    verifyRefreshToken: createVerifyRefreshToken({ ...stores, provider, people, revoker, events }),
    revoker,
    sessions,
    logouts,
    guesses,
    askPersonBy(ask) {
      asking.person = ask;
    },
    judgeCallsBy(calls) {
      asking.calls = calls;
    },
    exactCalls,
    decideBackchannel: createDecideBackchannel({ ...stores, resourceServers, provider }),
  };
}
