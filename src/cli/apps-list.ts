import { Command } from 'commander';
import { describeApp } from '../admin/app-shapes.ts';
import type { App } from '../issuance/registry/app.ts';
import type { AppRegistry } from '../issuance/registry/apps.ts';
import { tableOf } from './table.ts';
import { withBroker } from './with-broker.ts';

/** Apps that one query returns. */
const page = 200;

export function listAppsCommand(): Command {
  return new Command('list')
    .description('list them, oldest first')
    .option('--json', 'JSON in the format of the admin API')
    .action(async ({ json = false }: { json?: boolean }) => {
      const apps = await withBroker(({ issuance }) => allOf(issuance.apps), {
        readOnly: true,
      });
      process.stdout.write(json ? `${JSON.stringify(apps.map(describeApp), null, 2)}\n` : appsTable(apps));
    });
}

async function allOf(apps: AppRegistry): Promise<readonly App[]> {
  const found: App[] = [];
  for (;;) {
    const next = await apps.list({ limit: page, cursor: found.at(-1)?.id });
    found.push(...next);
    if (next.length < page) return found;
  }
}

function appsTable(apps: readonly App[]): string {
  const rows = apps.map(({ id, type, enabled, firstParty, createdAt, name }) => [
    id,
    type,
    enabled ? 'yes' : 'no',
    firstParty ? 'first' : 'third',
    createdAt.toISOString(),
    name,
  ]);
  return tableOf([['client id', 'type', 'enabled', 'party', 'created', 'name'], ...rows]);
}
