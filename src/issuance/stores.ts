import { type Admission, createAdmission } from './admission/admission.ts';
import { createAdmissionStore } from './admission/admission-store.ts';
import { createAdmittedApps, type FindAdmitted } from './admission/admitted-apps.ts';
import { createStandingOfApps, type StandingOf } from './admission/app-standing.ts';
import { createRegistration, type RegisterApp } from './admission/dynamic-registration.ts';
import { createFirstReads, type FirstReads } from './admission/first-reads.ts';
import { createSelfRegisteredStore, type SelfRegisteredStore } from './admission/self-registered-store.ts';
import { type ArtifactStore, createArtifactStore } from './artifacts/artifact-store.ts';
import type { KnownConnections } from './consent/connection-binding.ts';
import { type ConsentStore, createConsentStore } from './consent/consent-store.ts';
import {
  createRemovedConnectionStore,
  type RemovedConnectionStore,
} from './consent/removed-connection-store.ts';
import { type CachedStandingScopes, createStandingScopes } from './consent/standing-scopes.ts';
import { createSigningKeyStore } from './keys/signing-key-store.ts';
import { createSigningKeys, type SigningKeys } from './keys/signing-keys.ts';
import type { IssuanceDeps } from './ports.ts';
import { createApiPolicies } from './registry/api-policy.ts';
import { createApiStore } from './registry/api-store.ts';
import { type ApiRegistry, createApis } from './registry/apis.ts';
import { createAppStore } from './registry/app-store.ts';
import { type AppRegistry, createApps } from './registry/apps.ts';
import { type Audiences, createAudiences } from './registry/audiences.ts';
import { type ClientKeySets, createClientKeySets } from './registry/client-key-sets.ts';
import { createRevocationStore } from './revocation/revocation-store.ts';
import { createRevocations, type Revocations } from './revocation/revocations.ts';
import { type BindingDemands, createBindingDemands } from './senders/binding-demands.ts';
import { createDpopNonces, nonceSecret } from './senders/dpop-nonces.ts';
import { createCheckProof } from './senders/dpop-proof.ts';
import { createSenders, type Senders } from './senders/sender-check.ts';
import { createUsedProofStore, type UsedProofStore } from './senders/used-proof-store.ts';
import {
  type ConnectionEndingStore,
  createConnectionEndingStore,
} from './sessions/connection-ending-store.ts';
import { createSessionOriginStore, type SessionOriginStore } from './sessions/session-origin-store.ts';

/** The stores and caches that the other parts of the room share. */
export interface IssuanceStores {
  readonly audiences: Audiences;
  readonly artifacts: ArtifactStore;
  readonly consents: ConsentStore;
  readonly origins: SessionOriginStore;
  readonly endings: ConnectionEndingStore;
  readonly removedConnections: RemovedConnectionStore;
  readonly revocations: Revocations;
  readonly keys: SigningKeys;
  readonly apps: AppRegistry;
  readonly apis: ApiRegistry;
  readonly keySets: ClientKeySets;
  readonly admission: Admission;
  readonly findAdmitted: FindAdmitted;
  readonly firstReads: FirstReads;
  readonly registerApp: RegisterApp;
  readonly selfRegistered: SelfRegisteredStore;
  readonly standingScopes: CachedStandingScopes;
  readonly knownConnections: KnownConnections;
  readonly senders: Senders;
  readonly demands: BindingDemands;
  readonly standingOf: StandingOf;
  readonly usedProofs: UsedProofStore;
  /** Revokes everything issued to an app. */
  revokeApp(clientId: string): Promise<void>;
}

export async function createStores(deps: IssuanceDeps): Promise<IssuanceStores> {
  const { database, rowTags, issuer, keyring, clock, connections, allowedPrivateHosts } = deps;
  const artifacts = createArtifactStore(database, rowTags);
  const revocations = createRevocations(createRevocationStore(database));
  const revokeApp = async (clientId: string) => {
    await revocations.add('app', clientId);
    await artifacts.dropOf({ clientId });
  };
  const audiences = createAudiences(issuer);
  const changed = (message: string) => standingScopes.receive(message);
  const consents = createConsentStore(database, { tags: rowTags, known: connections.known, changed });
  const endIn = revocations.addAppsIn;
  const store = createAppStore(database, { tags: rowTags, endIn });
  const apps = createApps({ store, connections, allowedPrivateHosts, clock, onDisabled: revokeApp });
  const selfRegistered = createSelfRegisteredStore(database);
  const rules = createAdmissionStore(database, rowTags);
  const admission = createAdmission({ store: rules, clock, selfRegistered, endIn, revokeApp });
  const firstReads = createFirstReads(clock, deps.newAppLimits);
  const admitted = { apps, store, moments: selfRegistered, admission, firstReads, revokeApp };
  const standingScopes = createStandingScopes({ ...deps, audiences, apps, consents });
  const apis = createApis({
    store: createApiStore(database, rowTags),
    policies: createApiPolicies(connections, store),
    issuer,
    clock,
  });
  const usedProofs = createUsedProofStore(database);
  const nonces = createDpopNonces(nonceSecret(keyring));
  const checkProof = createCheckProof({ nonces, requireNonce: deps.requireDpopNonce ?? false });
  return {
    audiences,
    artifacts,
    consents,
    origins: createSessionOriginStore(database),
    endings: createConnectionEndingStore(database),
    removedConnections: createRemovedConnectionStore(database, rowTags),
    revocations,
    keys: await createSigningKeys(createSigningKeyStore(database), keyring, clock),
    apps,
    standingScopes,
    admission,
    selfRegistered,
    firstReads,
    registerApp: createRegistration({ ...deps, ...admitted }),
    findAdmitted: createAdmittedApps({ ...deps, ...admitted }),
    keySets: createClientKeySets(deps),
    apis,
    knownConnections: connections.known,
    senders: createSenders({
      issuer,
      nonces,
      checkProof,
      used: usedProofs,
      certificates: deps.clientCertificates,
    }),
    demands: createBindingDemands({ issuer, apps, apis }),
    standingOf: createStandingOfApps({ apps, admission }),
    usedProofs,
    revokeApp,
  };
}
