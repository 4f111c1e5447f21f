import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { serveMetrics } from '../http/metrics-server.ts';
import { headFileOf } from '../kit/audit/head-file.ts';
import { seconds, systemClock } from '../kit/clock.ts';
import { createEvents } from '../kit/events/events.ts';
import { startJobs } from '../kit/jobs.ts';
import { createKeyWatch } from '../kit/keys/key-watch.ts';
import { createLog, type Logger } from '../kit/log.ts';
import { keepAlive, type Listener } from '../kit/server.ts';
import { deadlines, type Shutdown } from '../kit/shutdown.ts';
import type { Broker } from './broker.ts';
import type { EmbeddedPostgres } from './embedded-postgres.ts';
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
    if (config.databaseUrl === undefined) say('Starting an embedded PostgreSQL …');
    const store = await openStore(config, opened, {
      log,
      onIdleError: (error) =>
        log.warn({ err: error }, 'an idle connection to the database was lost; another takes its place'),
    });
    const { database, keyring, rowTags, clock, applied, notes, postgres, sealed } = store;
    for (const warning of config.warnings) say(warning);
    for (const note of notes) say(`DATABASE_URL: ${note}`);
    if (applied.length > 0) say(`Migrations applied: ${applied.join(', ')}`);

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
      allowLoopbackHosts: !config.production,
      allowedPrivateHosts: [...config.allowedPrivateHosts, ...loopback],
      floodLimits: config.floodLimits,
      adminApiToken: config.adminApiToken,
      auditKeep: config.auditKeep,
      adminApprovals: config.adminApprovals,
      consoleConnections: config.consoleConnections,
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
      startKeyJobs({ ...store, metrics: broker.metrics, events: createEvents(database.prisma, log), log }),
    );
    let metricsListener: Listener | undefined;
    opened.defer(() => metricsListener?.close({ patience: seconds(1) }));
    // `stopServing` sets `linger` before the broker is closed.
    const closing: { linger?: number } = {};
    opened.defer(() => broker.close({ ...closing, patience: shutdown.until(deadlines.answers) }));
    await warnOfReadOnlyFolder(config, broker, log);
    await broker.sweep.saveSpills();
    const { dataDirectory } = config;
    const events = createEvents(database.prisma, log);
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
      if (announced) closing.linger = keepAlive;
      await Promise.all([jobs.stop(), announced && pause(config.shutdownDelay)]);
    };
    // The port opens last, after every step that can fail.
    await broker.listen(config.port, config.host);
    if (lab) await developer?.registerLab(broker, lab);
    const demo = config.demo ? await developer?.startDemo({ config, broker, keyring }, opened) : undefined;
    const titles = (await broker.connections.all()).map(({ connector }) => connector.title.en);
    const names = [...new Set(titles)];
    announce(config, say, { names, lab: lab?.url, demo, postgres });
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

/** The parts that the first lines name: providers, and the addresses of lab and demo if they run. */
interface Open {
  readonly names: readonly string[];
  readonly lab: string | undefined;
  readonly demo: string | undefined;
  readonly postgres: Pick<EmbeddedPostgres, 'directory' | 'setAside'> | undefined;
}

/** Prints the addresses to open in a browser. */
function announce(config: Config, say: (line: string) => void, { names, lab, demo, postgres }: Open) {
  const { issuer } = config;
  const lines = [
    ['', ''],
    ['', 'Symbolon is running.'],
    ['', ''],
    ...(demo ? [['  Open  ', `${demo}   the demo app: sign in with ${listed(names)},`]] : []),
    ...(demo
      ? [['        ', "then press a button to call the provider's API with the token the broker keeps"]]
      : []),
    ['  See   ', `${issuer}/account   linked accounts, their health, and the apps that may use them`],
    ['        ', `${issuer}/docs   the API`],
    ...(lab ? [['        ', `${lab}   the simulated providers and their fault switches`]] : []),
    ['', ''],
    ['', `  Ctrl-C stops everything; the data stays${postgres ? ` in ${config.dataDirectory}` : ''}.`],
    ...elsewhere(config, postgres).map((line) => ['  ', line] as const),
  ];
  for (const [head, tail] of lines) say(`${head}${tail}`);
}

/** Returns where the embedded database lies, if not in DATA_DIR. */
function elsewhere({ dataDirectory }: Config, postgres: Open['postgres']): readonly string[] {
  if (!postgres || path.dirname(postgres.directory) === path.resolve(dataDirectory)) return [];
  const { directory, setAside } = postgres;
  return [
    `The database lies in ${directory}, since the account of PostgreSQL may not enter ${path.resolve(dataDirectory)}.`,
    ...(setAside ? [`A former database, whose keys are gone, was moved to ${setAside}: remove it.`] : []),
  ];
}

/** The number of providers that the first lines name. */
const mostNamed = 4;

function listed(names: readonly string[]): string {
  const further = names.length - mostNamed;
  const some = further > 1 ? [...names.slice(0, mostNamed), `one of ${further} more`] : names;
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(some);
}
