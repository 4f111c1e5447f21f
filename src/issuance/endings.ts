import type Provider from 'oidc-provider';
import type { ArtifactStore } from './artifact-store.ts';
import type { ConsentStore } from './consent-store.ts';
import type { Revocations } from './revocations.ts';

/** Ways in which what has been issued ends before its time. */
export interface Endings {
  /** All sessions of a person, with what was issued in them and was not to outlive them. */
  signOut(userId: string): Promise<void>;
  /** One grant, with all that was issued by it. */
  endGrant(grantId: string): Promise<void>;
  /** One session, as when another person signs in over it. */
  endSession(uid: string): Promise<void>;
  revokeUser(userId: string): Promise<void>;
  /** A person who is no more: also what they have consented to. */
  forgetUser(userId: string): Promise<void>;
  revokeApp(clientId: string): Promise<void>;
  /** Consent withdrawn. */
  revokeGrants(userId: string, clientId: string): Promise<void>;
}

export interface EndingsDeps {
  readonly artifacts: ArtifactStore;
  readonly consents: ConsentStore;
  readonly revocations: Revocations;
  readonly revokeApp: (clientId: string) => Promise<void>;
  readonly provider: () => Provider;
}

export function createEndings({
  artifacts,
  consents,
  revocations,
  revokeApp,
  provider,
}: EndingsDeps): Endings {
  const endGrant = async (grantId: string) => {
    await revocations.add('grant', grantId);
    for (const kind of ['Grant', 'AccessToken', 'AuthorizationCode', 'RefreshToken']) {
      await artifacts.dropByGrant(kind, grantId);
    }
  };
  const endSession = async (uid: string) => {
    const session = await provider().Session.findByUid(uid);
    for (const { grantId, persistsLogout } of Object.values(session?.authorizations ?? {})) {
      if (grantId !== undefined && !persistsLogout) await endGrant(grantId);
    }
    await revocations.add('session', uid);
    await artifacts.dropByUid('Session', uid);
  };
  const revokeGrantsOf = async (owner: { accountId: string; clientId?: string }) => {
    for (const grantId of await artifacts.grantIdsOf(owner)) await revocations.add('grant', grantId);
    await artifacts.dropOf(owner);
  };
  const revokeUser = async (userId: string) => {
    await revocations.add('user', userId);
    for (const uid of await artifacts.uidsOf('Session', userId)) await revocations.add('session', uid);
    await revokeGrantsOf({ accountId: userId });
  };

  return {
    endGrant,
    endSession,
    revokeUser,
    revokeApp,
    async signOut(userId) {
      for (const uid of await artifacts.uidsOf('Session', userId)) await endSession(uid);
    },
    async forgetUser(userId) {
      await revokeUser(userId);
      await consents.drop({ userId });
    },
    async revokeGrants(userId, clientId) {
      await consents.drop({ userId, appId: clientId });
      await revokeGrantsOf({ accountId: userId, clientId });
    },
  };
}
