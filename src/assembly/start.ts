import { setTimeout as pause } from 'node:timers/promises';
import { roleOf } from '../admin/roles.ts';
import type { Config } from '../config.ts';
import { createClientCertificates } from '../http/client-certificate.ts';
import { serveMetrics } from '../http/metrics-server.ts';
import { headFileOf } from '../kit/audit/head-file.ts';
import { seconds, systemClock } from '../kit/clock.ts';
import { createEvents } from '../kit/events/events.ts';
import { startJobs } from '../kit/jobs.ts';
import { createKeyWatch } from '../kit/keys/key-watch.ts';
import { createLog, type Logger } from '../kit/log.ts';
import { keepAlive, keepAliveMargin, type Listener } from '../kit/server.ts';
import { deadlines, type Shutdown } from '../kit/shutdown.ts';
import { announce } from './announce.ts';
import type { Broker } from './broker.ts';
import { keepRowTags } from './keep-row-tags.ts';
import { startKeyJobs } from './key-jobs.ts';
import { openStore } from './open-store.ts';

export interface Running {
  /**
   * Closes within `deadlines` after the requests under way. `announced` first reports not ready for the
   * configured time, so that load balancers stop sending requests; otherwise the port closes at once.
   */
  close(how: 'announced' | 'at once'): Promise<void>;
}

/** Opens everything in order. What is open closes in reverse order, also when a later step fails. */
export async function start(
  config: Config,
  say: (line: string) => void,
  shutdown: Shutdown,
): Promise<Running> {
  const opened = new AsyncDisposableStack();
  let stopServing: Running['close'] = async () => undefined;
  try {
    const log = createLog(config.logLevel);
    if (config.traces) {
      const { exportSpans } = await import('../kit/export-spans.ts');
      opened.defer(exportSpans({ ...config.traces, log }));
    }
    if (config.databaseUrl === undefined) say('Starting an embedded PostgreSQL …');
    const store = await openStore(config, opened, {
      log,
      onIdleError: (error) =>
        log.warn({ err: error }, 'an idle connection to the database was lost; another takes its place'),
    });
    const { database, keyring, rowTags, clock, applied, notes, postgres, sealed } = store;
    for (const warning of config.warnings) say(warning);
    for (const note of notes) say(`DATABASE_URL: ${note}`);
    if (applied.length > 0) say(`Migrations applied: ${applied.length}, the last ${applied.at(-1)}`);
    log.debug({ migrations: applied }, 'migrations applied');

    // An unfit database or missing keys are reported before the rest is loaded.
    const { createBroker } = await import('./broker.ts');
    // Lab and demo are loaded in developer mode only.
    const developer = config.lab || config.demo ? await import('./developer-mode.ts') : undefined;
    const lab = config.lab ? await developer?.startLab(config, opened) : undefined;
    const loopback = config.production ? [] : ['localhost', '127.0.0.1', '[::1]'];
    const broker = await createBroker({
      issuer: config.issuer,
      realm: config.realm,
      trustedProxyHops: config.trustedProxyHops,
      auditAddresses: config.auditAddresses,
      backgroundConsent: config.backgroundConsent,
      requireDpopNonce: config.requireDpopNonce,
      clientCertificates: config.clientCertificates && createClientCertificates(config.clientCertificates),
      allowLoopbackHosts: !config.production,
      allowedPrivateHosts: [...config.allowedPrivateHosts, ...loopback],
      mostConnections: config.mostConnections,
      logRequests: config.logRequests,
      sendsTraceparent: config.sendsTraceparent,
      floodLimits: config.floodLimits,
      adminApiToken: config.adminApiToken,
      auditKeep: config.auditKeep,
      auditStream: config.auditStream,
      adminApprovals: config.adminApprovals,
      consoleConnections: config.consoleConnections,
      mcp: config.mcp,
      agentLimits: config.agentLimits,
      newAppLimits: config.newAppLimits,
      spillDirectory: config.unsavedDirectory,
      auditHeadFile: headFileOf(config.dataDirectory, config.databaseUrl),
      database,
      keyring,
      rowTags,
      clock,
      log,
    });
    const { wrapCounts } = store;
    const isUsedUp = () => wrapCounts.isUsedUp(keyring.currentKeyId);
    const keysToWatch = {
      provider: config.keys,
      keyring,
      sealed: sealed.lasting,
      isUsedUp,
      clock: systemClock,
    };
    broker.readiness.require('keys', createKeyWatch(keysToWatch));
    opened.defer(
      startKeyJobs({ ...store, metrics: broker.metrics, events: createEvents(database.pool, log), log }),
    );
    let metricsListener: Listener | undefined;
    opened.defer(() => metricsListener?.close({ patience: seconds(1) }));
    // `stopServing` sets `linger` before the broker is closed.
    const closing: { linger?: number } = {};
    opened.defer(() => broker.close({ ...closing, patience: shutdown.until(deadlines.answers) }));
    await warnOfReadOnlyFolder(config, broker, log);
    await broker.sweep.saveSpills();
    const { dataDirectory } = config;
    const events = createEvents(database.pool, log);
    opened.defer(keepRowTags({ database, keyring, dataDirectory, rowTags, events, log }));
    const jobs = await startJobs({ pool: database.pool, log }, broker.jobs);
    opened.defer(() => jobs.stop());
    if (config.metrics) {
      broker.metrics.collectProcess();
      metricsListener = await serveMetrics(broker.metrics, config.metrics.port, config.metrics.host);
    }
    stopServing = async (how) => {
      broker.leave();
      const announced = how === 'announced' && config.shutdownDelay > 0;
      if (announced) closing.linger = keepAlive + keepAliveMargin;
      await Promise.all([jobs.stop(), announced && pause(config.shutdownDelay)]);
    };
    // The port opens last, after every step that can fail.
    await broker.listen(config.port, config.host);
    if (lab) await developer?.registerLab(broker, lab);
    const demo = config.demo ? await developer?.startDemo({ config, broker, keyring }, opened) : undefined;
    const titles = (await broker.connections.all()).map(({ connector }) => connector.title.en);
    const names = [...new Set(titles)];
    const holders = await broker.identities.roleHolders();
    const hasAdmin = holders.some(({ roles }) => roleOf(roles));
    announce(config, say, { names, lab: lab?.url, demo, postgres, hasAdmin });
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
  return {
    async close(how) {
      shutdown.begin();
      await stopServing(how).finally(() => opened.disposeAsync());
    },
  };
}

/**
 * The broker runs without a writable spill directory, but a token set that the database does not take would
 * be lost with the process.
 */
async function warnOfReadOnlyFolder(
  { unsavedDirectory }: Config,
  { unsaved }: Pick<Broker, 'unsaved'>,
  log: Logger,
): Promise<void> {
  await unsaved.tryOut().catch((error: unknown) => {
    log.error(
      { err: error },
      `DATA_DIR: ${unsavedDirectory} cannot be written: refreshed tokens that the database does not take would be in memory only; make it a folder that this account can write`,
    );
  });
}
