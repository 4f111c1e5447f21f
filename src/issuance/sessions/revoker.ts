import type Provider from 'oidc-provider';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { ConsentStore } from '../consent/consent-store.ts';
import { scopesOfGrant, without } from '../consent/scopes.ts';
import type { Revocations } from '../revocation/revocations.ts';
import type { BackchannelLogouts } from './backchannel-logout.ts';
import { revokeGrant, revokeGrantsOfSession } from './revoke-grants.ts';
import type { SessionOriginFilter, SessionOriginStore } from './session-origin-store.ts';

/** Ways in which what has been issued ends before its time. */
export interface Revoker {
  /** All sessions of a person, with what was issued in them and was not to outlive them. */
  signOut(userId: string): Promise<void>;
  /** One grant, with all that was issued by it. */
  revokeGrant(grantId: string): Promise<void>;
  /** The sessions that stand by the word of a provider which says that they are over. Answers whose they were. */
  endSessionsByOrigin(begun: SessionOriginFilter): Promise<readonly string[]>;
  /** One session, as when another person signs in over it. */
  endSession(uid: string): Promise<void>;
  revokeUser(userId: string): Promise<void>;
  /** A person who is no more: also what they have consented to. */
  eraseUser(userId: string): Promise<void>;
  revokeApp(clientId: string): Promise<void>;
  /** Consent withdrawn: all of it, or what was given for one scope, with whatever was issued by it. */
  withdrawConsent(userId: string, clientId: string, scope?: string): Promise<void>;
}

interface Withdrawal {
  readonly userId: string;
  readonly clientId: string;
  readonly scope: string;
}

export interface RevokerDeps {
  readonly artifacts: ArtifactStore;
  readonly consents: ConsentStore;
  readonly origins: Pick<SessionOriginStore, 'find'>;
  readonly revocations: Revocations;
  readonly revokeApp: (clientId: string) => Promise<void>;
  readonly logouts: Pick<BackchannelLogouts, 'tell'>;
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
  const end = (grantId: string) => revokeGrant(issued, grantId);
  const endSession = async (uid: string) => {
    const session = await provider().Session.findByUid(uid);
    await revokeGrantsOfSession(issued, uid);
    // A grant that the version before has made knows no session.
    for (const { grantId, persistsLogout } of Object.values(session?.authorizations ?? {})) {
      if (grantId !== undefined && !persistsLogout) await end(grantId);
    }
    await revocations.add('session', uid);
    await artifacts.dropByUid('Session', uid);
    if (session) await logouts.tell(session);
  };
  const revokeGrantsOf = async (owner: { accountId: string; clientId?: string }) => {
    for (const { grantId } of await artifacts.grantsOf(owner)) await revocations.add('grant', grantId);
    await artifacts.dropOf(owner);
  };
  const revokeUser = async (userId: string) => {
    await revocations.add('user', userId);
    for (const uid of await artifacts.uidsOf('Session', userId)) {
      const session = await provider().Session.findByUid(uid);
      await revocations.add('session', uid);
      if (session) await logouts.tell(session);
    }
    await revokeGrantsOf({ accountId: userId });
  };

  const revokeScope = async ({ userId, clientId, scope }: Withdrawal) => {
    const consent = await consents.find(userId, clientId);
    if (consent) await consents.put({ ...consent, scopes: without(consent.scopes, scope) });
    for (const { grantId, payload } of await artifacts.grantsOf({ accountId: userId, clientId })) {
      if (scopesOfGrant(payload).includes(scope)) await end(grantId);
    }
  };

  return {
    revokeGrant: end,
    endSession,
    revokeUser,
    revokeApp,
    async signOut(userId) {
      for (const uid of await artifacts.uidsOf('Session', userId)) await endSession(uid);
    },
    async endSessionsByOrigin(begun) {
      const sessions = await origins.find(begun);
      for (const { sessionUid } of sessions) await endSession(sessionUid);
      return [...new Set(sessions.map(({ userId }) => userId))];
    },
    async eraseUser(userId) {
      await revokeUser(userId);
      await consents.drop({ userId });
    },
    async withdrawConsent(userId, clientId, scope) {
      if (scope !== undefined) return await revokeScope({ userId, clientId, scope });
      await consents.drop({ userId, appId: clientId });
      await revokeGrantsOf({ accountId: userId, clientId });
    },
  };
}
