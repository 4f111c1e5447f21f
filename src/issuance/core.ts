import { createApiRows } from './api-store.ts';
import { type ApiStore, createApis } from './apis.ts';
import { createAppRows } from './app-store.ts';
import { type AppStore, createApps } from './apps.ts';
import { type ArtifactStore, createArtifactStore } from './artifact-store.ts';
import { type Audiences, createAudiences } from './audiences.ts';
import { type ConsentStore, createConsentStore } from './consent-store.ts';
import type { IssuanceDeps } from './ports.ts';
import { createRevocationStore } from './revocation-store.ts';
import { createRevocations, type Revocations } from './revocations.ts';
import { createSessionOriginStore, type SessionOriginStore } from './session-origin-store.ts';
import { createSigningKeyStore } from './signing-key-store.ts';
import { createSigningKeys, type SigningKeys } from './signing-keys.ts';
import { createStandingScopes, type StandingScopes } from './standing-scopes.ts';

/** What the room knows and keeps, before anything answers a request. */
export interface Core {
  readonly audiences: Audiences;
  readonly artifacts: ArtifactStore;
  readonly consents: ConsentStore;
  readonly origins: SessionOriginStore;
  readonly revocations: Revocations;
  readonly keys: SigningKeys;
  readonly apps: AppStore;
  readonly apis: ApiStore;
  readonly standingScopes: StandingScopes;
  /** Ends what an app has been given. */
  revokeApp(clientId: string): Promise<void>;
}

export async function createCore(deps: IssuanceDeps): Promise<Core> {
  const { database, issuer, keyring, clock, connections, allowedPrivateHosts } = deps;
  const artifacts = createArtifactStore(database);
  const revocations = createRevocations(createRevocationStore(database));
  const revokeApp = async (clientId: string) => {
    await revocations.add('app', clientId);
    await artifacts.dropOf({ clientId });
  };
  const audiences = createAudiences(issuer);
  const consents = createConsentStore(database);
  const rows = createAppRows(database);
  const apps = createApps({ rows, connections, allowedPrivateHosts, clock, onGone: revokeApp });
  return {
    audiences,
    artifacts,
    consents,
    origins: createSessionOriginStore(database),
    revocations,
    keys: await createSigningKeys(createSigningKeyStore(database), keyring, clock),
    apps,
    standingScopes: createStandingScopes({ audiences, apps, consents, clock }),
    apis: createApis(createApiRows(database), issuer),
    revokeApp,
  };
}
