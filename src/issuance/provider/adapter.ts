import { hash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { type Adapter, type AdapterFactory, type AdapterPayload, errors, Provider } from 'oidc-provider';
import type { ClientCertificates } from '../../http/client-certificate.ts';
import { after, type Clock, seconds } from '../../kit/clock.ts';
import { decodePayload, encodePayload } from '../artifacts/artifact-payload.ts';
import type { ArtifactStore, StoredArtifact } from '../artifacts/artifact-store.ts';
import { nameIn, type UserCodes } from '../artifacts/user-codes.ts';
import type { RegisteredGrant } from '../custom-grants.ts';
import type { ApiRegistry } from '../registry/apis.ts';
import type { Audiences } from '../registry/audiences.ts';
import type { ClientKeySets } from '../registry/client-key-sets.ts';
import { apiMetadata, clientMetadata } from '../registry/client-metadata.ts';
import type { Revocations } from '../revocation/revocations.ts';
import type { Senders } from '../senders/sender-check.ts';
import { revokeGrantsOfSession } from '../sessions/revoke-grants.ts';
import type { SessionOriginStore } from '../sessions/session-origin-store.ts';
import { systemTime } from '../system-time.ts';
import type { RefreshGrace } from '../tokens/refresh-grace.ts';
import type { FindApp } from './find-app.ts';
import { publishedKeys } from './published-keys.ts';
import { bindingMetadata } from './required-binding.ts';

export interface AdapterDeps {
  readonly issuer: string;
  readonly artifacts: ArtifactStore;
  readonly findApp: FindApp;
  readonly apis: Pick<ApiRegistry, 'asClient'>;
  readonly keySets: Pick<ClientKeySets, 'keysAt'>;
  readonly customGrants: () => readonly RegisteredGrant[];
  readonly origins: Pick<SessionOriginStore, 'drop'>;
  readonly revocations: Revocations;
  readonly grace: RefreshGrace;
  readonly audiences: Audiences;
  readonly userCodes: UserCodes;
  readonly senders: Pick<Senders, 'spend'>;
  /** Undefined: no proxy passes certificates. */
  readonly certificates: ClientCertificates | undefined;
  readonly clock: Clock;
}

/** Returns oidc-provider's storage adapters: clients come from the registry, all other models from the artifact store. */
export function createAdapterFactory(deps: AdapterDeps): AdapterFactory {
  return (kind) => (kind === 'Client' ? clientAdapter(deps) : artifactAdapter(kind, deps));
}

const unused = async () => {
  throw new Error('not a feature of this server');
};

function clientAdapter({ findApp, apis, keySets, customGrants, certificates }: AdapterDeps): Adapter {
  return {
    async find(id) {
      if (id.startsWith('api_')) {
        const client = await apis.asClient(id);
        return client && apiMetadata(client, customGrants());
      }
      const app = await findApp(id);
      if (!app?.enabled) return undefined;
      const metadata = clientMetadata(app, customGrants(), await publishedKeys(app, keySets));
      const { ctx } = Provider;
      const asked = { grantType: ctx?.oidc?.params?.grant_type, hasProof: Boolean(ctx?.get('DPoP')) };
      return { ...metadata, ...bindingMetadata(app, asked, certificates !== undefined) };
    },
    upsert: unused,
    findByUid: unused,
    findByUserCode: unused,
    consume: unused,
    destroy: unused,
    revokeByGrantId: unused,
  };
}

const accessTokens = new Set(['AccessToken', 'ClientCredentials']);
const endsWithApp = new Set([
  'AuthorizationCode',
  'BackchannelAuthenticationRequest',
  'DeviceCode',
  'Grant',
  'PushedAuthorizationRequest',
  'RefreshToken',
]);

function artifactAdapter(kind: string, deps: AdapterDeps): Adapter {
  const { issuer, artifacts, revocations, grace, userCodes, senders, clock } = deps;

  const isRevokedWithAll = ({ iat = 0 }: AdapterPayload) =>
    kind !== 'ReplayDetection' && revocations.revokedWithEverything(iat);
  const decode = async (id: string | undefined, stored: StoredArtifact) => {
    const payload = decodePayload(kind, id, stored.payload, issuer);
    if (isRevokedWithAll(payload)) return undefined;
    // A database that lost its last commits can bring back a revoked grant or session. Tokens and codes look
    // up their grant.
    if (kind === 'Grant' && id !== undefined && revocations.has('grant', id)) return undefined;
    if (kind === 'Session' && payload.uid && revocations.has('session', payload.uid)) return undefined;
    // OpenID Connect Core 12.2: the ID token of a refresh should have no nonce.
    if (kind === 'RefreshToken') delete payload.nonce;
    const isInGracePeriod = kind === 'RefreshToken' && id !== undefined && (await grace.isOpen(id, stored));
    if (stored.consumedAt && !isInGracePeriod)
      payload.consumed = Math.floor(stored.consumedAt.getTime() / 1000);
    // The process that revoked the app may have ended before it had deleted everything of the app.
    if (endsWithApp.has(kind) && revocations.endedWithApp(payload.clientId ?? '', payload.iat ?? 0))
      return undefined;
    return accessTokens.has(kind) && isRevoked(payload, revocations) ? undefined : payload;
  };

  return {
    async upsert(id, payload, expiresIn) {
      if (kind === 'Session' && payload.uid && revocations.has('session', payload.uid)) return;
      // An artifact that was read before everything was revoked is not written again.
      if (isRevokedWithAll(payload)) return;
      const stored = accessTokens.has(kind) ? withAudiences(payload, deps.audiences) : { ...payload };
      if (stored.userCode !== undefined) stored.userCode = userCodes.stored(stored.userCode, id);
      const artifact = {
        payload: encodePayload(kind, id, stored),
        grantId: kind === 'Grant' ? id : (payload.grantId ?? null),
        uid: payload.uid ?? codeName(stored) ?? sessionOf(kind, payload) ?? null,
        accountId: payload.accountId ?? null,
        clientId: payload.clientId ?? null,
        // oidc-provider compares its times with the system's, so this is not the clock that tests move.
        expiresAt: expiresIn ? after(systemTime(), seconds(expiresIn + extraOf(kind))) : null,
      };
      if (kind === 'RefreshToken' && grace.defersStoring(id, artifact)) return;
      if (kind !== 'ReplayDetection') return await artifacts.put(kind, id, artifact);
      // `ReplayDetection` is oidc-provider's model of used client assertions and DPoP proofs. Concurrent requests with one
      // of them have all looked for it and found nothing: the insert decides.
      if (!(await artifacts.putNew(kind, id, artifact))) throw usedBefore();
      // Our own grants and the doors have a table of their own, since they know no client.
      const proven = provenBy(id, payload);
      if (proven && !(await senders.spend(proven))) throw usedBefore();
    },
    async find(id) {
      const stored = await artifacts.find(kind, id);
      return stored && (await decode(id, stored));
    },
    async findByUid(uid) {
      const stored = await artifacts.findByUid(kind, uid);
      return stored && (await decode(undefined, stored));
    },
    async findByUserCode(code) {
      for (const { uid, idIn } of userCodes.names(code)) {
        const stored = await artifacts.findByUid(kind, uid);
        const payload = stored && (await decode(undefined, stored));
        if (payload) return { ...payload, jti: idIn(payload.userCode ?? ''), userCode: code };
      }
      return undefined;
    },
    async consume(id) {
      // refresh-grace.ts consumes a refresh token in the same statement that stores its successor and the response.
      if (kind === 'RefreshToken') return;
      if (await artifacts.consume(kind, id, clock.now())) return;
      throw new errors.InvalidGrant(`${kind} redeemed by a parallel request`);
    },
    async destroy(id) {
      if (kind === 'Grant') await revocations.add('grant', id);
      if (kind === 'Session') await endSession(deps);
      await artifacts.drop(kind, id);
    },
    async revokeByGrantId(grantId) {
      // RFC 7009 section 2.1 lets the server decide: revoking an access token does not revoke the refresh token.
      const { route, entities } = Provider.ctx?.oidc ?? {};
      if (route === 'revocation' && entities?.AccessToken) return;
      await artifacts.dropByGrant(kind, grantId);
    },
  };
}

/**
 * Returns the seconds for which an artifact is kept beyond its end. oidc-provider accepts a proof whose `iat` is up to five
 * minutes ahead, for ten minutes in all, and would forget it after five.
 */
function extraOf(kind: string): number {
  return kind === 'ReplayDetection' ? 300 : 0;
}

/** Returns the request, where the id is that of its proof. Client assertions have such records too (RFC 7523 section 3). */
function provenBy(id: string, { iss }: AdapterPayload) {
  const { ctx } = Provider;
  const proof = ctx?.get('DPoP');
  if (!ctx || !proof) return undefined;
  const { jti } = decodeJwt(proof);
  return hash('sha256', `${String(iss)}${jti}`, 'base64url') === id ? ctx.req : undefined;
}

function usedBefore(): Error {
  const { ctx } = Provider;
  const isProof = ctx?.get('DPoP') && !ctx.oidc.params?.client_assertion;
  return isProof
    ? new errors.InvalidGrant('DPoP proof JWT Replay detected')
    : new errors.InvalidClientAuth('client assertion tokens must only be used once');
}

// A concurrent request of the same browser may have read the session, and would write it again.
async function endSession({ artifacts, origins, revocations }: AdapterDeps): Promise<void> {
  const { route, session } = Provider.ctx?.oidc ?? {};
  if (route !== 'end_session_confirm' || !session) return;
  await revokeGrantsOfSession({ artifacts, revocations }, session.uid);
  await revocations.add('session', session.uid);
  await artifacts.dropByUid('Session', session.uid);
  await origins.drop([session.uid]);
}

function codeName({ userCode }: AdapterPayload): string | undefined {
  return userCode === undefined ? undefined : nameIn(userCode);
}

function sessionOf(kind: string, payload: AdapterPayload): string | undefined {
  return kind === 'Grant' && typeof payload.sessionUid === 'string' ? payload.sessionUid : undefined;
}

function withAudiences(payload: AdapterPayload, audiences: Audiences): AdapterPayload {
  const { aud, scope = '' } = payload;
  return typeof aud === 'string' ? { ...payload, aud: audiences.of({ resource: aud, scope }) } : payload;
}

function isRevoked(payload: AdapterPayload, revocations: Revocations): boolean {
  const { grantId, clientId = '', accountId: userId, iat: issuedAt = 0 } = payload;
  return revocations.covers({ grantId, clientId, userId, issuedAt });
}
