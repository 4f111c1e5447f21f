import { Command } from 'commander';
import { ConfigError } from '../config.ts';
import type { Connections } from '../login/connections.ts';
import type { ConnectionRemoval } from '../offboarding/ports.ts';
import { requireConfirmation } from './confirmation.ts';
import { withBroker } from './with-broker.ts';

export function disableCommand(): Command {
  return switchCommand('disable', {
    enabled: false,
    description: 'stop its use; linked accounts stay',
    message: (alias) =>
      `Sign-in with ${alias} is off, and apps get none of its tokens. To undo: symbolon connections enable ${alias}\n`,
  });
}

export function enableCommand(): Command {
  return switchCommand('enable', {
    enabled: true,
    description: 'allow its use again',
    message: (alias) => `${alias} is in use again. Next: symbolon connections check ${alias}\n`,
  });
}

export function removeConnectionCommand(): Command {
  return new Command('remove')
    .description('remove a connection and its linked accounts, and revoke their grants at the provider')
    .argument('<alias>', 'alias of the connection')
    .option('--yes', 'confirm')
    .action(async (alias: string, { yes }: { yes?: true }) => {
      const removal = await withBroker(async ({ connections, removals }) => {
        await requireConnection(connections, alias);
        requireConfirmation(
          yes,
          `The accounts that people have linked with ${alias} are removed too. To stop its use and keep them: symbolon connections disable ${alias}`,
        );
        return await removals.removeConnection(alias);
      });
      process.stdout.write(`Removed ${alias}.\n${removalText(removal)}`);
    });
}

interface Switch {
  readonly enabled: boolean;
  readonly description: string;
  readonly message: (alias: string) => string;
}

function switchCommand(name: string, { enabled, description, message }: Switch): Command {
  return new Command(name)
    .description(description)
    .argument('<alias>', 'alias of the connection')
    .action(async (alias: string) => {
      await withBroker(async ({ connections }) => {
        await requireConnection(connections, alias);
        await connections.change(alias, { enabled });
      });
      process.stdout.write(message(alias));
    });
}

/** @throws ConfigError */
async function requireConnection(connections: Connections, alias: string): Promise<void> {
  if (await connections.findNow(alias)) return;
  throw new ConfigError(`There is no connection ${alias}. Those there are: symbolon connections list`);
}

function removalText({ identities, grants }: ConnectionRemoval): string {
  if (identities === 0) return '';
  return `Linked accounts removed with it: ${identities}. Grants that the running broker now revokes at the provider: ${grants}.\n`;
}
