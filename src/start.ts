import { createBroker } from './broker.ts';
import type { Config } from './config.ts';
import { startDemo, startLab } from './developer-mode.ts';
import { systemClock } from './kit/clock.ts';
import { createLog } from './kit/log.ts';
import { openStore } from './store.ts';

export interface Running {
  close(): Promise<void>;
}

/** Opens everything in order; what is open closes in reverse, also when a later step fails. */
export async function start(config: Config, say: (line: string) => void): Promise<Running> {
  const opened = new AsyncDisposableStack();
  try {
    const log = createLog(config.logLevel);
    if (config.databaseUrl === undefined) say('Starting an embedded PostgreSQL …');
    const { database, keyring, applied } = await openStore(config, opened);
    if (applied.length > 0) say(`Migrations applied: ${applied.join(', ')}`);

    const lab = config.lab ? await startLab(config, opened) : undefined;
    const allowedPrivateHosts = [...config.allowedPrivateHosts, ...(lab ? [new URL(lab.url).host] : [])];
    const broker = await createBroker({
      issuer: config.issuer,
      trustedProxyHops: config.trustedProxyHops,
      allowLoopbackHosts: !config.production,
      allowedPrivateHosts,
      adminApiToken: config.adminApiToken,
      database,
      keyring,
      clock: systemClock,
      log,
    });
    opened.defer(() => broker.close());
    await broker.vault.requireKeys();
    await broker.listen(config.port, config.host);
    const demo = lab ? await startDemo({ config, broker, lab, keyring }, opened) : undefined;
    announce(config, say, { lab: lab?.url, demo });
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
  return { close: () => opened.disposeAsync() };
}

function announce(
  config: Config,
  say: (line: string) => void,
  open: { lab: string | undefined; demo: string | undefined },
) {
  const lines = [
    '',
    'Symbolon is running.',
    '',
    ...(open.demo
      ? [`  Open   ${open.demo}   the demo app: sign in with WeChat, Facebook, Google or GitHub,`]
      : []),
    ...(open.demo
      ? ['         then press a button to call the provider with the token the broker keeps.']
      : []),
    `  See    ${config.issuer}/account   your linked accounts and what apps may use`,
    `         ${config.issuer}/docs      the API`,
    ...(open.lab ? [`         ${open.lab}   the simulated providers and their fault switches`] : []),
    '',
    '  Ctrl-C stops everything; the data stays.',
  ];
  for (const line of lines) say(line);
}
