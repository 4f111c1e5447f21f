import { createServer } from 'node:net';
import { type Config, ConfigError, noPort, readConfig, requireStatedMode } from '../config.ts';
import { seconds } from '../kit/clock.ts';
import { UnreadableError } from '../kit/keys/keyring.ts';
import { createShutdown, deadlines } from '../kit/shutdown.ts';
import type { Running } from './start.ts';

/** Reads the configuration, starts the product, and closes it cleanly on a signal. Never returns. */
export async function main(): Promise<never> {
  // A pipe without a reader, or a closed terminal, does not end the process.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
  const shutdown = createShutdown();
  let running: Running | undefined;
  let stopping = false;
  const stop = async (how: 'announced' | 'at once') => {
    if (stopping) return;
    stopping = true;
    // A second SIGINT from the keyboard ends at once. npm forwards the first one too, so one second must have
    // passed.
    setTimeout(() => process.on('SIGINT', () => process.exit(130)), seconds(1)).unref();
    shutdown.at(deadlines.exit, () => fail(new Error('what was under way has not ended in time')));
    await running?.close(how).catch(fail);
    process.exit(0);
  };
  process.on('SIGTERM', () => stop('announced'));
  process.on('SIGHUP', () => stop('announced'));
  // At a keyboard there is no load balancer to wait for.
  process.on('SIGINT', () => stop('at once'));
  try {
    const config = readConfig();
    requireStatedMode(config);
    await requireFreePorts(config);
    // Refusals are reported before the whole broker is loaded.
    const { start } = await import('./start.ts');
    running = await start(config, (line) => process.stdout.write(`${line}\n`), shutdown);
    return await untilStopped();
  } catch (error) {
    return fail(error);
  }
}

function fail(error: unknown): never {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}

function untilStopped(): Promise<never> {
  return new Promise(() => undefined);
}

/** Returns the reason of a failed start, with what to do. An unexpected error comes with its stack. */
function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.message.replace(/^/gm, 'symbolon: ');
  if (error instanceof UnreadableError) return `symbolon: ENCRYPTION_KEYS: ${error.message}`;
  return `symbolon: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

/**
 * Tests each configured port before anything is started. @throws ConfigError with the setting whose port cannot be used
 */
async function requireFreePorts(config: Config): Promise<void> {
  const { host, metrics } = config;
  const wanted = [
    { setting: 'PORT', port: config.port, host },
    ...(config.lab ? [{ setting: 'LAB_PORT', port: config.labPort, host }] : []),
    ...(config.demo ? [{ setting: 'DEMO_PORT', port: config.demoPort, host }] : []),
    ...(metrics ? [{ setting: 'METRICS_PORT', ...metrics }] : []),
  ];
  const twice = wanted.find(
    ({ port }, index) => port !== 0 && wanted.findIndex((other) => other.port === port) < index,
  );
  if (twice) throw new ConfigError(`${twice.setting}: port ${twice.port} is given twice`);
  for (const { setting, port, host } of wanted) {
    const trouble = await portTrouble(port, host);
    if (trouble === undefined) continue;
    // Two errors are about the port; all others are about the address.
    const why = { EADDRINUSE: 'taken', EACCES: 'EACCES' }[trouble];
    throw new ConfigError(
      why === undefined
        ? `${setting === 'METRICS_PORT' ? 'METRICS_HOST' : 'HOST'}: ${host} is no address to listen on (${trouble}); set another`
        : `${setting}: port ${port} on ${host} cannot be used (${why}); set another`,
    );
  }
  if (config.port === 0) throw new ConfigError(noPort);
}

/** Returns the error code of opening the port, or undefined if it can be opened. */
function portTrouble(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    probe.listen(port, host, () => probe.close(() => resolve(undefined)));
  });
}
