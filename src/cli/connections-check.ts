import { Command } from 'commander';
import { ConfigError } from '../config.ts';
import type { Finding } from '../connectors/check/finding.ts';
import { signalsAddress } from '../connectors/contract/registration.ts';
import type { Connection } from '../login/connections.ts';
import { withBroker } from './with-broker.ts';

const words: Readonly<Record<Finding['verdict'], string>> = {
  ok: 'ok',
  'to-fix': 'TO FIX',
  'not-tried': 'not tried',
};

/** Prints the addresses to register with the provider, and each problem that would prevent a sign-in. */
export function checkCommand(): Command {
  return new Command('check')
    .description('test everything about a connection that needs no sign-in')
    .argument('<alias>', 'alias of the connection')
    .action(async (alias: string) => {
      const { connection, findings } = await withBroker(async ({ connections }) => {
        const found = await connections.findNow(alias);
        if (!found)
          throw new ConfigError(
            `There is no connection ${alias}. Those there are: symbolon connections list`,
          );
        return { connection: found, findings: await connections.check(found) };
      });
      const lines = findings.map(
        ({ check, verdict, detail }) => `${words[verdict].padEnd(10)}${check.padEnd(15)}${detail}\n`,
      );
      process.stdout.write(addressLines(connection) + lines.join(''));
      if (findings.some(({ verdict }) => verdict === 'to-fix')) process.exitCode = 1;
    });
}

/** Returns the addresses to register with the provider, one a line. */
export function addressLines({
  connector,
  registration,
}: Pick<Connection, 'connector' | 'registration'>): string {
  const lines = [
    `Redirect URI, to be registered with the provider:\n  ${registration.redirectUri}\n`,
    connector.signals &&
      `Signals address:\n  ${signalsAddress(registration)}\n  ${connector.signals.about}\n`,
  ];
  return lines.filter((line) => line !== undefined).join('');
}
