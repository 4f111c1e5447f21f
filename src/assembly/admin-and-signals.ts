import type { Express } from 'express';
import { createErasure } from '../account/erasure.ts';
import { createPersonalData, type PersonalDataDeps } from '../account/personal-data.ts';
import { createAdmin } from '../admin/admin.ts';
import { createBulkRunner } from '../admin/bulk/runner.ts';
import { type Configuration, createConfiguration } from '../admin/configuration/configuration.ts';
import type { AdminDeps } from '../admin/ports.ts';
import type { ConsoleDeps } from '../console/ports.ts';
import { consoleRoutes } from '../console/routes.ts';
import type { PresentedToken } from '../http/bearer.ts';
import type { BrowserSessionStore } from '../http/browser-session-store.ts';
import { createAgreements } from '../identities/agreements-store.ts';
import type { Issuance } from '../issuance/issuance.ts';
import { keepAll } from '../kit/audit/retention.ts';
import { after, days } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import { createEventStore, type EventStore } from '../kit/events/event-store.ts';
import { takeCensus } from '../kit/keys/key-census.ts';
import type { Offboarding } from '../offboarding/offboarding.ts';
import { createBulkStore } from '../reporting/bulk-store.ts';
import { createIdentityList, type IdentityListDeps } from '../reporting/identity-list.ts';
import { createIdentityListStore } from '../reporting/identity-list-store.ts';
import { signalRoutes } from '../signals/routes.ts';
import { createSignalStore } from '../signals/signal-store.ts';
import { createSignals, type Signals, type SignalsDeps } from '../signals/signals.ts';
import { nameOfStream } from '../webhooks/stream-target.ts';
import { type AdminPeople, type AdminPeopleDeps, createAdminPeople } from './admin-people.ts';
import type { BrokerOptions } from './broker-options.ts';
import { sealedTables } from './sealed-tables.ts';

type MadeOrNarrowedHere =
  | 'adminTokens'
  | 'decisions'
  | 'identityList'
  | 'invitations'
  | 'approvals'
  | 'verify'
  | 'bulk'
  | 'eventStore'
  | 'endSessions'
  | 'endSession'
  | 'personalData'
  | 'erasureCode'
  | 'keyCensus'
  | 'settings'
  | 'issuance'
  | 'vault';

export interface AdminAndSignalsDeps
  extends Omit<AdminDeps, MadeOrNarrowedHere>,
    Omit<SignalsDeps, 'store' | 'eraseAccount' | 'signOut' | 'connections' | 'identities'>,
    Omit<AdminPeopleDeps, 'identities' | 'events'>,
    Pick<PersonalDataDeps & AdminDeps, 'decisions'>,
    Pick<
      ConsoleDeps,
      'secure' | 'csrf' | 'session' | 'selfUrl' | 'consoleConnections' | 'log' | 'keyring' | 'rowTags'
    > {
  readonly database: Database;
  readonly auditKeep?: BrokerOptions['auditKeep'];
  readonly auditAddresses?: BrokerOptions['auditAddresses'];
  readonly auditStream?: BrokerOptions['auditStream'];
  /** Hosts that may receive events although their address is private. */
  readonly allowedPrivateHosts: readonly string[];
  readonly issuance: Issuance;
  readonly vault: AdminDeps['vault'] & SignalsDeps['vault'] & IdentityListDeps['vault'];
  readonly offboarding: Offboarding;
  readonly accountSessions: Pick<BrowserSessionStore, 'endOthers' | 'endOfSession'>;
}

/** The admin API with the console, and the endpoints for signals of providers. */
export interface AdminAndSignals {
  readonly signals: Signals;
  readonly adminPeople: AdminPeople;
  readonly bulk: { run(): Promise<void>; prune(now: Date): Promise<void>; stop(): Promise<void> };
  readonly configuration: Configuration;
  mount(app: Express): void;
}

export async function createAdminAndSignals(deps: AdminAndSignalsDeps): Promise<AdminAndSignals> {
  const { issuer, issuance, database, accountSessions } = deps;
  const { eraseAccount } = deps.offboarding;
  // `undefined`: of the person's sessions, none stays.
  const endSessions = (userId: string) => accountSessions.endOthers(userId, undefined);
  const signOut: SignalsDeps['signOut'] = async (begun) => {
    const users = await issuance.endSessionsByOrigin(begun);
    for (const userId of users) await endSessions(userId);
    return users;
  };
  const signals = createSignals({ ...deps, store: createSignalStore(database), eraseAccount, signOut });
  const adminApi = `${issuer}/admin/v1`;
  await issuance.apis.ensure({
    identifier: adminApi,
    name: 'Symbolon admin API',
    scopes: [
      { name: 'admin', description: 'Administer this broker' },
      { name: 'admin:operate', description: 'Operate this broker, without its admins and keys' },
      { name: 'admin:support', description: 'Help people of this broker' },
      { name: 'admin:read', description: 'Read this broker’s configuration, people and events' },
    ],
  });
  const verify = (presented: PresentedToken) => issuance.verifyAccessToken(presented, adminApi);
  const eventStore = createEventStore(database.prisma);
  const adminPeople = createAdminPeople(deps);
  const identityList = createIdentityList({ ...deps, store: createIdentityListStore(database.pool) });
  const bulk = createBulk(deps, eventStore);
  const aboutPeople = {
    endSessions,
    endSession: accountSessions.endOfSession,
    personalData: createPersonalData({
      ...deps,
      ...deps.reporting,
      agreements: createAgreements(database),
      eventStore,
    }),
    erasureCode: createErasure(deps).codeFor,
  };
  const sealed = sealedTables(database.pool);
  const admin = createAdmin({
    ...deps,
    ...adminPeople,
    ...aboutPeople,
    identityList,
    verify,
    eventStore,
    bulk,
    keyCensus: () => takeCensus(deps.keyring, [...sealed.lasting, ...sealed.expiring]),
    settings: {
      keep: deps.auditKeep ?? keepAll,
      stream: deps.auditStream && nameOfStream(deps.auditStream),
      addresses: deps.auditAddresses ?? 'full',
      consoleConnections: deps.consoleConnections,
      approvals: deps.approvalsNeeded,
    },
  });
  const consolePages = consoleRoutes({ ...deps, ...adminPeople, ...admin });
  return {
    signals,
    adminPeople,
    bulk: {
      run: admin.runBulkJobs,
      prune: (now) => bulk.store.prune(after(now, -keptJobs)),
      stop: bulk.runner.stop,
    },
    configuration: createConfiguration(deps, admin.operations),
    mount(app) {
      app.use(signalRoutes(signals));
      app.use(admin.router);
      app.use(admin.reference);
      app.use(consolePages);
    },
  };
}

const keptJobs = days(90);

function createBulk(deps: AdminAndSignalsDeps, eventStore: EventStore): AdminDeps['bulk'] {
  const store = createBulkStore(deps.database, deps.rowTags);
  return { store, runner: createBulkRunner({ ...deps, store, eventStore }) };
}
