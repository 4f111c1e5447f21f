import { Command } from 'commander';
import { ConfigError } from '../config.ts';
import type { Connection, Connections } from '../login/connections.ts';
import type { ConnectionRemoval } from '../offboarding/ports.ts';
import { requireConfirmation } from './confirmation.ts';
import { withBroker } from './with-broker.ts';

export function disableCommand(): Command {
  return new Command('disable')
    .description('stop its use; linked accounts stay')
    .argument('<alias>', 'alias of the connection')
    .option('--end-sessions', 'also sign out everyone whose session began there')
    .action(async (alias: string, { endSessions = false }: { endSessions?: boolean }) => {
      await withBroker(async ({ connections, removals }) => {
        await requireConnection(connections, alias);
        await connections.change(alias, { enabled: false });
        if (endSessions) await removals.queueEndOfSessions(alias);
      });
      process.stdout.write(
        `Sign-in with ${alias} is off, and apps get none of its tokens. To undo: symbolon connections enable ${alias}\n`,
      );
      if (endSessions) process.stdout.write(`${runningBroker} the sessions that began there.\n`);
    });
}

export function enableCommand(): Command {
  return new Command('enable')
    .description('allow its use again')
    .argument('<alias>', 'alias of the connection')
    .action(async (alias: string) => {
      await withBroker(async ({ connections }) => {
        await requireConnection(connections, alias);
        await connections.change(alias, { enabled: true });
      });
      process.stdout.write(`${alias} is in use again. Next: symbolon connections check ${alias}\n`);
    });
}

export function removeConnectionCommand(): Command {
  return new Command('remove')
    .description('remove a connection and its linked accounts, and revoke their grants at the provider')
    .argument('<alias>', 'alias of the connection')
    .option('--yes', 'confirm')
    .option('--dry-run', 'only count what would be removed')
    .action(async (alias: string, { yes, dryRun = false }: { yes?: true; dryRun?: boolean }) => {
      const removal = await withBroker(async ({ connections, removals }) => {
        await requireConnection(connections, alias);
        if (dryRun) return await removals.previewRemoval(alias);
        requireConfirmation(
          yes,
          `The accounts that people have linked with ${alias} are removed too. To stop its use and keep them: symbolon connections disable ${alias}`,
        );
        return await removals.removeConnection(alias);
      });
      process.stdout.write(dryRun ? previewText(removal) : `Removed ${alias}.\n${removalText(removal)}`);
    });
}

/** @throws ConfigError */
export async function requireConnection(connections: Connections, alias: string): Promise<Connection> {
  const connection = await connections.findNow(alias);
  if (connection) return connection;
  throw new ConfigError(`There is no connection ${alias}. Those there are: symbolon connections list`);
}

function previewText({ identities, grants, people }: ConnectionRemoval): string {
  return `Linked accounts that would be removed with it: ${identities}. Grants that would be revoked at the provider: ${grants}. People who could no longer sign in: ${people}.\n`;
}

const runningBroker = 'Within a minute the running broker ends';

function removalText({ identities, grants, people }: ConnectionRemoval): string {
  if (identities === 0) return '';
  return `Linked accounts removed with it: ${identities}. Grants that the running broker now revokes at the provider: ${grants}. People who have no other linked account: ${people}.\n${runningBroker} the sessions that began there, and what apps were allowed for it.\n`;
}
