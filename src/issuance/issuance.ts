import type { Express, RequestHandler } from 'express';
import { before, days } from '../kit/clock.ts';
import { NotReadyError } from '../kit/readiness.ts';
import type { Admission } from './admission/admission.ts';
import { type ApiUses, createApiUses } from './consent/api-uses.ts';
import type { StoredConsent } from './consent/consent-store.ts';
import type { StandingScopes } from './consent/standing-scopes.ts';
import type { RegisteredGrant } from './custom-grants.ts';
import type { LoginCompletion } from './interactions/finish-login.ts';
import { createInteractions } from './interactions/interactions.ts';
import type { SigningKeys } from './keys/signing-keys.ts';
import { listenForChanges } from './listen-for-changes.ts';
import type { IssuanceDeps } from './ports.ts';
import { deviceRoutes } from './provider/device-routes.ts';
import { createForward, type Forward } from './provider/forward-request.ts';
import { registrationRoutes } from './provider/registration-routes.ts';
import { mountProtocol } from './provider/routes.ts';
import { createProviderStack, type ProviderStack } from './provider-stack.ts';
import { createPruning, type Pruning } from './pruning.ts';
import type { ApiRegistry } from './registry/apis.ts';
import type { AppRegistry } from './registry/apps.ts';
import type { ClientKeySets } from './registry/client-key-sets.ts';
import { createRequireBound, type RequireBound } from './senders/binding-demands.ts';
import { createConnectionEndings, type RunConnectionEndings } from './sessions/connection-endings.ts';
import type { PersonSessions } from './sessions/person-sessions.ts';
import { createRevokeEverything, type RevokeEverything } from './sessions/revoke-everything.ts';
import type { Revoker } from './sessions/revoker.ts';
import { createStores } from './stores.ts';
import { createExchangedTokens, type IssueExchanged } from './tokens/exchanged-tokens.ts';
import { createIssueTokens, type IssueTokens } from './tokens/issue-tokens.ts';
import { createUserinfo } from './tokens/userinfo.ts';
import type { PeekAccessToken, VerifyAccessToken, VerifyOwnToken } from './tokens/verify-access-token.ts';
import type { VerifyRefreshToken } from './tokens/verify-refresh-token.ts';

export type { IssuanceDeps, Withdrawn } from './ports.ts';

/**
 * This room issues the broker's own tokens, with oidc-provider: it owns apps, APIs, consents, sessions, grants, signing
 * keys and revocations. It adds what oidc-provider lacks: revocation and introspection of JWTs, an audience at userinfo,
 * JSON at the token endpoint. It does not speak to providers (`login`) and holds none of their tokens (`vault`).
 *
 * Its inner rooms import from the ones before them only: registry, keys, revocation, artifacts, consent, sessions, tokens,
 * provider, interactions. `stores.ts` and `provider-stack.ts` compose them, and this file offers them to other rooms.
 */
export interface Issuance extends LoginCompletion, Pruning, Omit<Revoker, 'endSession' | 'revokeGrant'> {
  /** Mounts the protocol endpoints and the pages under /interaction. */
  mount(app: Express): void;
  /** Forwards requests of the second issuer, which arrive at other paths. */
  readonly forwardSecond: Forward;
  /** The userinfo endpoint, for further paths. */
  readonly userinfo: RequestHandler;
  /** Verifies an access token. @throws Problem invalid_token with WWW-Authenticate. */
  readonly verifyAccessToken: VerifyAccessToken;
  /** Returns what a plain token for `/v1` says, where that is in memory. */
  readonly peekAccessToken: PeekAccessToken;
  readonly verifyOwnToken: VerifyOwnToken;
  readonly verifyRefreshToken: VerifyRefreshToken;
  readonly apps: AppRegistry;
  readonly apis: ApiRegistry;
  /** Fetches the keys that an app publishes. @throws KeySetError */
  readonly fetchClientKeys: ClientKeySets['fetchNow'];
  /** Sets the room that asks people about sign-ins that an app begins elsewhere (CIBA). */
  readonly askPersonBy: ProviderStack['askPersonBy'];
  /** Says what a person has decided. `reference`: the one of the question. */
  readonly decideBackchannel: ProviderStack['decideBackchannel'];
  /** Sets the room that judges the exact calls for which apps ask (RFC 9396). */
  readonly judgeCallsBy: ProviderStack['judgeCallsBy'];
  /** The rules for apps that register themselves. */
  readonly admission: Admission;
  /**
   * Deletes apps that registered themselves and that no person has used: after a week, and without a document after a day.
   * Returns their ids.
   */
  deleteUnusedApps(): Promise<readonly string[]>;
  readonly standingScopes: StandingScopes;
  /** The browsers in which people are signed in. */
  readonly sessions: PersonSessions;
  /** Returns a person's consents, the newest first. */
  consents(userId: string): Promise<readonly GivenConsent[]>;
  /** Counts the people who have consented to each app, `most` at most. */
  countConsents(appIds: readonly string[], most: number): Promise<ReadonlyMap<string, number>>;
  /** The policies of APIs, and what people let them do on behalf of apps. */
  readonly apiUses: ApiUses;
  readonly issueExchanged: IssueExchanged;
  readonly requireBound: RequireBound;
  /** Adds a grant type to the token endpoint. */
  registerGrant(grant: RegisteredGrant): void;
  readonly issueTokens: IssueTokens;
  /** Rotates the signing keys of every process, without a restart. */
  readonly rotateSigningKey: SigningKeys['rotate'];
  /** Rotates them when the current key has signed for 90 days. Returns whether it did. */
  readonly rotateSigningKeyWhenDue: SigningKeys['rotateWhenDue'];
  /** Returns since when the next signing key has been in the key set. */
  readonly nextSigningKeyPublishedAt: SigningKeys['publishedSince'];
  /** Returns the life of each signing key, the newest first. */
  readonly signingKeys: SigningKeys['lives'];
  readonly revokeEverything: RevokeEverything;
  /** Ends what was granted for removed connections, and the sessions that began at those or at disabled ones. */
  readonly runConnectionEndings: RunConnectionEndings;
  /** Sends due logout tokens to apps. */
  sendBackchannelLogouts(): Promise<void>;
  /** @throws NotReadyError while this process does not receive notifications, so that revocations arrive late. */
  requireNotifications(): void;
  /** Ends the LISTEN connection, and waits for logout tokens that are being sent. */
  close(): Promise<void>;
}

/** A consent as the account page shows it. */
export interface GivenConsent {
  readonly clientId: string;
  readonly appName: string;
  readonly scopes: readonly string[];
  /** The scopes by the identifier of their API; those of OpenID Connect are in `scopes` only. */
  readonly resources: Readonly<Record<string, readonly string[]>>;
  /** The optional scopes that the person has left out, in the same way. */
  readonly declined: Readonly<Record<string, readonly string[]>>;
  readonly at: Date;
}

export async function createIssuance(deps: IssuanceDeps): Promise<Issuance> {
  const stores = await createStores(deps);
  const { keySets, keys, consents, apps, apis, audiences, standingScopes } = stores;
  const grants: RegisteredGrant[] = [];
  const stack = createProviderStack({ deps, stores, grants });
  const {
    host,
    second = host,
    verifyAccessToken,
    peekAccessToken,
    verifyOwnToken,
    verifyRefreshToken,
    revoker,
    sessions,
    resourceServers,
    optionalScopes,
    logouts,
    guesses,
    exactCalls,
  } = stack;
  const parts = { deps, stores, host, revoker, resourceServers, optionalScopes, exactCalls };
  const { router, loginCompletion } = createInteractions(parts);
  const { people, log, secure } = deps;
  const userinfo = createUserinfo({ audience: audiences.userinfo, people, verify: verifyAccessToken });
  const forward = createForward(host, secure, deps.limitCaller);
  // oidc-provider takes keys and grant types at construction only.
  const rebuild = () => {
    host.rebuild();
    if (second !== host) second.rebuild();
  };
  const notifications = await listenForChanges(deps, stores, rebuild);

  return {
    ...revoker,
    async withdrawConsent(userId, clientId, part) {
      await revoker.withdrawConsent(userId, clientId, part);
      await deps.onWithdrawn?.({ userId, clientId, part });
    },
    ...loginCompletion,
    apps,
    apis,
    fetchClientKeys: keySets.fetchNow,
    askPersonBy: stack.askPersonBy,
    decideBackchannel: stack.decideBackchannel,
    judgeCallsBy: stack.judgeCallsBy,
    sessions,
    admission: stores.admission,
    deleteUnusedApps: () => {
      const now = deps.clock.now();
      return stores.selfRegistered.deleteUnused({
        document: before(now, days(7)),
        dynamic: before(now, days(1)),
      });
    },
    standingScopes,
    verifyAccessToken,
    peekAccessToken,
    verifyOwnToken,
    verifyRefreshToken,
    userinfo,
    forwardSecond: createForward(second, secure, deps.limitCaller),
    mount(app) {
      mountProtocol(app, { forward, userinfo, log });
      app.use(deviceRoutes({ ...deps, forward, guesses }));
      app.use(registrationRoutes({ register: stores.registerApp, log }));
      app.use(router);
    },
    consents: async (userId) => (await consents.of(userId)).map(givenConsent),
    countConsents: consents.count,
    issueTokens: createIssueTokens({
      ...deps,
      ...stores,
      resourceServers,
      optionalScopes,
      provider: host.current,
    }),
    apiUses: createApiUses({ ...stores, provider: host.current }),
    issueExchanged: createExchangedTokens({ ...stores, issuer: deps.issuer }),
    requireBound: createRequireBound(stores),
    registerGrant(grant) {
      grants.push(grant);
      rebuild();
    },
    async rotateSigningKey(options) {
      await keys.rotate(options);
      rebuild();
    },
    async rotateSigningKeyWhenDue() {
      const rotated = await keys.rotateWhenDue();
      if (rotated) rebuild();
      return rotated;
    },
    async revokeEverything() {
      const dropped = await createRevokeEverything(stores)();
      rebuild();
      return dropped;
    },
    nextSigningKeyPublishedAt: keys.publishedSince,
    signingKeys: keys.lives,
    ...createPruning(deps, stores),
    runConnectionEndings: createConnectionEndings({ ...stores, revoker }),
    sendBackchannelLogouts: logouts.send,
    requireNotifications() {
      if (!notifications.isListening()) throw new NotReadyError('notifications are not heard');
    },
    async close() {
      await notifications.close();
      await logouts.idle();
    },
  };
}

function givenConsent({ appId, appName, scopes, declined, at }: StoredConsent): GivenConsent {
  const names = new Set([...scopes.oidc, ...Object.values(scopes.resources).flat()]);
  const { resources } = scopes;
  return { clientId: appId, appName, scopes: [...names], resources, declined: declined.resources, at };
}
