import type Provider from 'oidc-provider';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { ConsentStore } from '../consent/consent-store.ts';
import { type Scopes, type ScopesOfApi, scopesOfGrant, without, withoutOfApi } from '../consent/scopes.ts';
import type { Revocations } from '../revocation/revocations.ts';
import type { BackchannelLogouts } from './backchannel-logout.ts';
import { revokeGrant, revokeGrantsOfSession } from './revoke-grants.ts';
import type { SessionOriginFilter, SessionOriginStore } from './session-origin-store.ts';

/**
 * The ways to end sessions, grants and tokens before they expire.
 *
 * This inner room ends sessions, records where each came from, and notifies apps of sign-outs. Whether a token is revoked is
 * answered by `revocation`; revoking one token on an app's request is part of `provider` and `tokens`.
 */
export interface Revoker {
  /** Ends all sessions of a person, with their grants except those with `offline_access`. */
  signOut(userId: string): Promise<void>;
  /** Revokes one grant and everything issued under it. */
  revokeGrant(grantId: string): Promise<void>;
  /** Ends the sessions that began at a provider, on that provider's signal. Returns the ids of their users. */
  endSessionsByOrigin(filter: SessionOriginFilter): Promise<readonly string[]>;
  /** Ends one session, as when another person signs in within the same browser. */
  endSession(uid: string): Promise<void>;
  /** Revokes all sessions and grants of a person. Consents stay. */
  revokeUser(userId: string): Promise<void>;
  /** Revokes the same for a person who is erased, and deletes their consents. */
  eraseUser(userId: string): Promise<void>;
  /** Revokes everything issued to an app. */
  revokeApp(clientId: string): Promise<void>;
  /** Withdraws a person's consent to an app, or its one scope, or those of one API, and revokes the grants that rest on it. */
  withdrawConsent(userId: string, clientId: string, part?: string | ScopesOfApi): Promise<void>;
}

interface Withdrawal {
  readonly userId: string;
  readonly clientId: string;
  readonly part: string | ScopesOfApi;
}

export interface RevokerDeps {
  readonly artifacts: ArtifactStore;
  readonly consents: ConsentStore;
  readonly origins: Pick<SessionOriginStore, 'find' | 'drop'>;
  readonly revocations: Revocations;
  readonly revokeApp: (clientId: string) => Promise<void>;
  readonly logouts: Pick<BackchannelLogouts, 'enqueue'>;
  readonly provider: () => Provider;
}

export function createRevoker({
  artifacts,
  consents,
  origins,
  revocations,
  revokeApp,
  logouts,
  provider,
}: RevokerDeps): Revoker {
  const issued = { artifacts, revocations };
  const revokeById = (grantId: string) => revokeGrant(issued, grantId);
  const endSession = async (uid: string) => {
    const session = await provider().Session.findByUid(uid);
    await revokeGrantsOfSession(issued, uid);
    // Grants of older versions do not record their session. `persistsLogout`: the grant outlives it.
    for (const { grantId, persistsLogout } of Object.values(session?.authorizations ?? {})) {
      if (grantId !== undefined && !persistsLogout) await revokeById(grantId);
    }
    await revocations.add('session', uid);
    await artifacts.dropByUid('Session', uid);
    await origins.drop([uid]);
    if (session) await logouts.enqueue(session);
  };
  const revokeGrantsOf = async (owner: { accountId: string; clientId?: string }) => {
    for (const { grantId } of await artifacts.grantsOf(owner)) await revocations.add('grant', grantId);
    await artifacts.dropOf(owner);
  };
  const revokeUser = async (userId: string) => {
    await revocations.add('user', userId);
    const uids = await artifacts.uidsOf('Session', userId);
    for (const uid of uids) {
      const session = await provider().Session.findByUid(uid);
      await revocations.add('session', uid);
      if (session) await logouts.enqueue(session);
    }
    await revokeGrantsOf({ accountId: userId });
    await origins.drop(uids);
  };

  const withdrawPart = async ({ userId, clientId, part }: Withdrawal) => {
    const consent = await consents.find(userId, clientId);
    const isOfApi = typeof part !== 'string';
    const rest = (scopes: Scopes) => (isOfApi ? withoutOfApi(scopes, part) : without(scopes, part));
    if (consent) await consents.put({ ...consent, scopes: rest(consent.scopes) });
    const rests = (payload: string) =>
      isOfApi
        ? scopesOfGrant(payload, part.api).some((scope) => part.scopes.includes(scope))
        : scopesOfGrant(payload).includes(part);
    for (const { grantId, payload } of await artifacts.grantsOf({ accountId: userId, clientId })) {
      if (rests(payload)) await revokeById(grantId);
    }
  };

  return {
    revokeGrant: revokeById,
    endSession,
    revokeUser,
    revokeApp,
    async signOut(userId) {
      for (const uid of await artifacts.uidsOf('Session', userId)) await endSession(uid);
    },
    async endSessionsByOrigin(filter) {
      const sessions = await origins.find(filter);
      for (const { sessionUid } of sessions) await endSession(sessionUid);
      return [...new Set(sessions.map(({ userId }) => userId))];
    },
    async eraseUser(userId) {
      await revokeUser(userId);
      await consents.drop({ userId });
    },
    async withdrawConsent(userId, clientId, part) {
      if (part !== undefined) return await withdrawPart({ userId, clientId, part });
      await consents.drop({ userId, appId: clientId });
      await revokeGrantsOf({ accountId: userId, clientId });
    },
  };
}
