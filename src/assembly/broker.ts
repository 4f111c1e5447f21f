import { createAccount } from '../account/account.ts';
import { ensureAccountClient } from '../account/own-client.ts';
import { createCircuits } from '../connectors/engine/circuit.ts';
import { createRealm } from '../dialects/keycloak/realm.ts';
import { createHttpApp } from '../http/app.ts';
import { createBrowserSessionStore } from '../http/browser-session-store.ts';
import { createDomainFileStore } from '../http/domain-file-store.ts';
import { createDomainFiles } from '../http/domain-files.ts';
import { createDoor } from '../http/door.ts';
import { errorHandler } from '../http/errors.ts';
import { looksRoutes } from '../http/looks.ts';
import { createAgreements } from '../identities/agreements-store.ts';
import { createIdentities } from '../identities/identities.ts';
import { createIdentityRemovals } from '../identities/identity-removals-store.ts';
import { createIdentityStore } from '../identities/identity-store.ts';
import { createIssuance } from '../issuance/issuance.ts';
import { keepAll } from '../kit/audit/retention.ts';
import { Problem } from '../kit/problem.ts';
import { type Listener, listen } from '../kit/server.ts';
import { createLoginAttemptStore } from '../login/login-attempt-store.ts';
import { createLoginAttempts } from '../login/login-attempts.ts';
import { loginRoutes } from '../login/routes.ts';
import { createOffboarding, createRemovals } from '../offboarding/offboarding.ts';
import { createForgetNames } from '../reporting/bulk-names-store.ts';
import { createReporting } from '../reporting/reporting.ts';
import { describeEntries } from '../vault/describe-entries.ts';
import { createDescriptionStore } from '../vault/description-store.ts';
import { createProcessDeps } from '../vault/refresh/process-deps.ts';
import { createSweep } from '../vault/refresh/sweep.ts';
import { createUpstreamRevocations } from '../vault/upstream-revocation/upstream-revocations.ts';
import { createVault } from '../vault/vault.ts';
import { createWebhooks } from '../webhooks/webhooks.ts';
import { createAdminAndSignals } from './admin-and-signals.ts';
import { createAgentParts } from './agents.ts';
import type { BrokerOptions } from './broker-options.ts';
import { cachedRows } from './cached-rows.ts';
import { closeRooms } from './close-rooms.ts';
import { clusterJobs } from './cluster-jobs.ts';
import { prepareFloodLimits } from './flood-limits.ts';
import { createGauges } from './gauges.ts';
import { createAgreementPort, createConnectionPorts, createPeople, createTargets } from './issuance-ports.ts';
import { createLostCommits } from './lost-commits.ts';
import { startProcessJobs } from './process-jobs.ts';
import { prepareRowTags } from './refused-rows.ts';
import { retentionJob } from './retention.ts';
import type { Broker } from './running-broker.ts';
import { createSealedEntries } from './sealed-entries.ts';
import { createSharedServices } from './shared-services.ts';
import { createSignInFlow, createStoreSignIn } from './sign-in-flow.ts';
import { createTokenApis, errorDialectOf } from './token-apis.ts';

export type { Broker } from './running-broker.ts';

/**
 * Builds the rooms in order and mounts them. This room, assembly, owns the wiring and the start of the
 * product: it knows all rooms, and no room knows it. It has no rule of its own: a rule belongs to the room
 * whose data it is about.
 */
export async function createBroker(options: BrokerOptions): Promise<Broker> {
  const { issuer, realm = 'symbolon', database, keyring, clock, log } = options;
  const secure = issuer.startsWith('https://');
  const services = createSharedServices(options);
  const { metrics, readiness, events, outbound, csrf, recentChanges, retrievals, audit, branding } = services;
  const rowTags = await prepareRowTags(options, services);
  const kit = { keyring, rowTags, outbound, clock, events, log, metrics, branding };

  const sealedEntries = await createSealedEntries({ ...kit, database, issuer });
  const { saves, entries, connections, tokenSeals } = sealedEntries;
  const loginAttemptStore = createLoginAttemptStore(database, rowTags);
  const attempts = createLoginAttempts({ store: loginAttemptStore, keyring, clock, secure });
  const identityStore = createIdentityStore(database, rowTags);
  const identities = createIdentities({ store: identityStore, ...sealedEntries, ...kit });
  const domainFiles = createDomainFiles({
    store: createDomainFileStore(database),
    events,
    exists: async (id) => (await connections.findById(id)) !== undefined,
  });
  const common = { ...kit, database, identities, connections, domainFiles, eventStore: services.eventStore };
  const upstreamRevocations = createUpstreamRevocations({
    ...common,
    entries,
    tokenKeyring: tokenSeals.queue,
  });
  const identityRemovals = createIdentityRemovals(rowTags);
  const removing = { identityRemovals, upstreamRevocations, forgetNames: createForgetNames(rowTags) };
  const removals = createRemovals({ ...common, ...tokenSeals, ...removing });
  const circuitOf = createCircuits(clock);
  const repeating = { recentChanges, audit, saves, upstreamRevocations, removals, issuance: () => issuance };
  const lostCommits = createLostCommits({ ...common, ...repeating, decisions: () => decisions });
  const stored = { store: entries, settled: lostCommits.settled, upstreamRevocations };
  const refreshing = createProcessDeps({
    ...options,
    ...kit,
    ...stored,
    keyring: tokenSeals.entries,
    circuitOf,
  });
  const { spill, inFlight } = refreshing;
  const vault = createVault(refreshing);
  const describing = { ...refreshing, store: createDescriptionStore(database.pool), entries };
  const targetsOf = createTargets(identities, connections);
  const sweep = createSweep({ ...refreshing, vault, connections: connections.all, targetsOf });
  createGauges({ ...common, circuitOf, spill, sweep });

  const webhooks = createWebhooks({ ...options, outbound, events, metrics });

  const storeSignIn = createStoreSignIn({ identities, vault });
  const login = createSignInFlow({
    ...kit,
    connections,
    attempts,
    storeSignIn,
    account: () => account,
    issuance: () => issuance,
  });
  // This process's own address, once it listens. The public address may not be reachable from inside.
  let listener: Listener | undefined;
  let selfUrl = issuer;
  const floods = prepareFloodLimits({ ...options, metrics });
  const issuance = await createIssuance({
    ...options,
    ...floods,
    // The same flows under the paths of Keycloak's clients.
    second: createRealm(issuer, realm),
    ...kit,
    secure,
    csrf,
    people: createPeople(identities, connections),
    ...createConnectionPorts(connections, branding),
    cachedRows: cachedRows(sealedEntries, identityStore),
    agreement: createAgreementPort(createAgreements(database), branding, clock),
    listenObserver: lostCommits,
    onSignOut: (request) => account.onSignOut(request),
    onWithdrawn: (withdrawn) => decisions.withdrawn(withdrawn),
    beginLogin: (request, response, ask) => login.begin(request, response, { ...ask, forceConsent: false }),
  });
  const reporting = createReporting({ ...services, ...common, vault });
  const accountSessions = createBrowserSessionStore(database.pool);
  const agentParts = { ...common, issuer, issuance, mcp: options.mcp, settled: lostCommits.settled };
  const { decisions, mountAgents } = createAgentParts({ ...agentParts, limits: options.agentLimits });
  const offboarding = createOffboarding({
    ...common,
    removals,
    issuance,
    accountSessions,
    upstreamRevocations,
  });
  const shared = {
    ...common,
    reporting,
    issuer,
    vault,
    upstreamRevocations,
    issuance,
    offboarding,
    accountSessions,
    decisions,
  };
  const tokenApis = await createTokenApis({ ...shared, ...kit, realm, retrievals, onSignIn: storeSignIn });
  await ensureAccountClient(issuance, issuer);
  const pages = { secure, csrf, login, ...tokenApis, selfUrl: () => selfUrl };
  const account = createAccount({ ...options, ...shared, ...pages, ...reporting });
  const { adminApprovals: approvalsNeeded = false } = options;
  const inConsole = { session: account.session, selfUrl: () => selfUrl, webhooks: webhooks.endpoints };
  const operated = { approvalsNeeded, secure, csrf, ...inConsole };
  const adminAndSignals = await createAdminAndSignals({ ...options, ...shared, ...operated });

  readiness.require('database', () => database.requireWritable(1_500));
  readiness.require('notifications', issuance.requireNotifications);
  const app = createHttpApp({ ...options, ...services });
  floods.mount(app);
  app.use(looksRoutes(branding));
  tokenApis.mountRetrieval(app);
  app.use(['/oidc/logout', `/realms/${realm}/protocol/openid-connect/logout`], account.session);
  await mountAgents(app, { ...shared, ...services, ...kit, ...tokenApis });
  issuance.mount(app);
  tokenApis.mountDialects(app);
  app.use('/connections', account.session);
  app.use(loginRoutes(login, connections));
  app.use(account.router);
  adminAndSignals.mount(app);
  app.get('/:name', domainFiles.serve);
  app.get('/', (_request, response) => response.redirect(303, '/account'));
  app.use(() => {
    throw new Problem('not_found');
  });
  app.use(errorHandler(log, errorDialectOf));

  const door = createDoor({ ...options, ...services, app, answer: tokenApis.peekAnswer });
  const rooms = {
    ...adminAndSignals,
    attempts,
    accountSessions,
    issuance,
    offboarding,
    tokenApis,
    decisions,
    retain: retentionJob({ ...options, events, keep: options.auditKeep ?? keepAll }, log),
    reporting,
  };
  const jobDeps = { ...services, ...rooms, vault, tokenSeals };
  const endProcessJobs = startProcessJobs({ ...jobDeps, clock, log });

  const working = { vault, retrievals, upstreamRevocations, offboarding, webhooks, issuance, outbound };
  const open = { ...refreshing, ...working, ...adminAndSignals, endProcessJobs };

  return {
    app,
    connections,
    domainFiles,
    identities,
    vault,
    upstreamRevocations,
    removals,
    issuance,
    sweep,
    metrics,
    unsaved: spill,
    audit,
    reporting,
    readiness,
    configuration: adminAndSignals.configuration,
    jobs: clusterJobs({
      ...kit,
      ...jobDeps,
      sweep,
      describeEntries: () => describeEntries({ ...describing, connections: connections.all }),
      webhooks,
      upstreamRevocations,
      clock,
    }),
    async listen(port, host) {
      listener = await listen(door, port, host, services.connectionLimit);
      selfUrl = listener.url;
      webhooks.start();
      return listener.port;
    },
    leave() {
      readiness.leave();
      inFlight.stop();
    },
    async close(closing) {
      // New work ends first, then the work in flight, then the rooms and connections that it uses.
      readiness.leave();
      inFlight.stop();
      await listener?.close(closing);
      await closeRooms(open);
    },
  };
}
