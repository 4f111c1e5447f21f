import { Command } from 'commander';
import { describeConnection } from '../admin/connections.ts';
import type { Connection } from '../login/connections.ts';
import { tableOf } from './table.ts';
import { withBroker } from './with-broker.ts';

export function listConnectionsCommand(): Command {
  return new Command('list')
    .description('list them, oldest first')
    .option('--json', 'JSON in the format of the admin API')
    .action(async ({ json = false }: { json?: boolean }) => {
      const found = await withBroker(async ({ connections }) => [...(await connections.all())]);
      process.stdout.write(
        json ? `${JSON.stringify(found.map(describeConnection), null, 2)}\n` : inWords(found),
      );
    });
}

function inWords(found: readonly Connection[]): string {
  if (found.length === 0) return 'There is no connection yet. Make one: symbolon connections add --help\n';
  const rows = found.map(({ alias, connector, enabled, purpose, createdAt }) => [
    alias,
    connector.provider,
    enabled ? 'yes' : 'no',
    purpose,
    createdAt.toISOString(),
  ]);
  return tableOf([['alias', 'provider', 'enabled', 'for', 'created'], ...rows]);
}
