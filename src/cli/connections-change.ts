import { Command } from 'commander';
import { ConfigError } from '../config.ts';
import type { Connections, Removal } from '../login/connections.ts';
import { requireCertain } from './certain.ts';
import { withBroker } from './with-broker.ts';

export function disableCommand(): Command {
  return switchCommand('disable', {
    enabled: false,
    about: 'stop its use; linked accounts stay',
    said: (alias) =>
      `Nobody signs in by ${alias}, and no app gets its tokens. Back: symbolon connections enable ${alias}\n`,
  });
}

export function enableCommand(): Command {
  return switchCommand('enable', {
    enabled: true,
    about: 'allow its use again',
    said: (alias) => `${alias} is in use. Then: symbolon connections check ${alias}\n`,
  });
}

export function removeConnectionCommand(): Command {
  return new Command('remove')
    .description('remove a connection and its linked accounts, and revoke their grants at the provider')
    .argument('<alias>', 'alias of the connection')
    .option('--yes', 'confirm')
    .action(async (alias: string, { yes }: { yes?: true }) => {
      const removal = await withBroker(async ({ connections }) => {
        await requireConnection(connections, alias);
        requireCertain(
          yes,
          `What people have linked with ${alias} goes with it. To stop its use and keep that: symbolon connections disable ${alias}`,
        );
        return await connections.remove(alias);
      });
      process.stdout.write(`Removed ${alias}.\n${leftOf(removal)}`);
    });
}

interface Switch {
  readonly enabled: boolean;
  readonly about: string;
  readonly said: (alias: string) => string;
}

function switchCommand(name: string, { enabled, about, said }: Switch): Command {
  return new Command(name)
    .description(about)
    .argument('<alias>', 'alias of the connection')
    .action(async (alias: string) => {
      await withBroker(async ({ connections }) => {
        await requireConnection(connections, alias);
        await connections.change(alias, { enabled });
      });
      process.stdout.write(said(alias));
    });
}

/** @throws ConfigError */
async function requireConnection(connections: Connections, alias: string): Promise<void> {
  if (await connections.findNow(alias)) return;
  throw new ConfigError(`There is no connection ${alias}. Those there are: symbolon connections list`);
}

function leftOf({ identities, grants }: Removal): string {
  if (identities === 0) return '';
  return `Linked accounts gone with it: ${identities}. Grants that the running broker now ends at the provider: ${grants}.\n`;
}
