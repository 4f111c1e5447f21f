import type { Express } from 'express';
import type { ApiStore } from './apis.ts';
import type { AppStore } from './apps.ts';
import { createCore } from './core.ts';
import type { Endings } from './endings.ts';
import { createFront } from './front.ts';
import type { RegisteredGrant } from './further-grants.ts';
import type { LoginEnd } from './interactions/finish-login.ts';
import { createInteractions } from './interactions/interactions.ts';
import { listen } from './notifications.ts';
import type { IssuanceDeps } from './ports.ts';
import { createForward } from './provider-requests.ts';
import { revocationChannel } from './revocation-store.ts';
import { mountProtocol } from './routes.ts';
import { signingKeyChannel } from './signing-key-store.ts';
import type { SigningKeys } from './signing-keys.ts';
import { createUserinfo } from './userinfo.ts';
import type { VerifyAccessToken } from './verify-access-token.ts';

export type { IssuanceDeps } from './ports.ts';

/**
 * Our own tokens, on oidc-provider: who may have one, what it says, how it ends. Where the contract asks for what
 * oidc-provider does not do (JWTs revoked and introspected, an audience at userinfo, JSON at the token endpoint),
 * this room stands in front of it. It knows nothing of the providers' tokens.
 */
export interface Issuance extends LoginEnd, Omit<Endings, 'endSession'> {
  /** Its endpoints of the contract, and the pages under /interaction. */
  mount(app: Express): void;
  /** @throws Problem invalid_token with WWW-Authenticate. */
  readonly verifyAccessToken: VerifyAccessToken;
  readonly apps: AppStore;
  readonly apis: ApiStore;
  consents(userId: string): Promise<readonly GivenConsent[]>;
  registerGrant(type: string, params: readonly string[], handler: RegisteredGrant['handler']): void;
  /** A new signing key, without a restart, in every process. */
  readonly rotateSigningKey: SigningKeys['rotate'];
  /** Forgets what has expired. */
  prune(now: Date): Promise<void>;
  close(): Promise<void>;
}

export interface GivenConsent {
  readonly clientId: string;
  readonly appName: string;
  readonly scopes: readonly string[];
  readonly at: Date;
}

export async function createIssuance(deps: IssuanceDeps): Promise<Issuance> {
  const core = await createCore(deps);
  const { keys, revocations, artifacts, consents, apps, apis } = core;
  const grants: RegisteredGrant[] = [];
  const { host, verifyAccessToken, endings, resourceServers } = createFront({ deps, core, grants });
  const interactions = createInteractions({ deps, core, host, endings, resourceServers });
  const keysChanged = async () => {
    if (await keys.reload()) host.rebuild();
  };
  const notifications = await listen({
    connection: deps.database.pool.options,
    log: deps.log,
    channels: {
      [revocationChannel]: revocations.receive,
      [signingKeyChannel]: () => void keysChanged().catch((error) => deps.log.error({ err: error }, 'keys')),
    },
    onListening: async () => {
      await revocations.load();
      await keysChanged();
    },
  });
  const userinfo = createUserinfo({
    audience: core.audiences.userinfo,
    people: deps.people,
    verify: verifyAccessToken,
  });

  return {
    ...endings,
    ...interactions.loginEnd,
    apps,
    apis,
    verifyAccessToken,
    mount(app) {
      mountProtocol(app, { forward: createForward(host, deps.secure), userinfo, log: deps.log });
      app.use(interactions.router);
    },
    async consents(userId) {
      const given = await consents.of(userId);
      return given.map(({ appId, appName, scopes, at }) => {
        const names = new Set([...scopes.oidc, ...Object.values(scopes.resources).flat()]);
        return { clientId: appId, appName, scopes: [...names], at };
      });
    },
    registerGrant(type, params, handler) {
      grants.push({ type, params, handler });
      host.rebuild();
    },
    async rotateSigningKey(options) {
      await keys.rotate(options);
      host.rebuild();
    },
    async prune(now) {
      await Promise.all([artifacts.prune(now), revocations.prune(now), keys.dropRetired()]);
    },
    close: notifications.close,
  };
}
