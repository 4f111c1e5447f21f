import { Command, Option } from 'commander';
import { describeConnection } from '../admin/connection-shapes.ts';
import { findConnector, providers } from '../connectors/registry.ts';
import { newConnection } from '../login/connection-input.ts';
import type { Connection } from '../login/connections.ts';
import { disableCommand, enableCommand, removeConnectionCommand } from './connections-change.ts';
import { addressLines, checkCommand } from './connections-check.ts';
import { domainFilesCommand } from './connections-domain-files.ts';
import { type Flags, inFlags, pairs, withFlagNames } from './flags.ts';
import { createSecretInput, type SecretInput } from './secret-input.ts';
import { tableOf } from './table.ts';
import { withBroker } from './with-broker.ts';

interface Options {
  readonly provider: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  readonly scope: readonly string[];
  readonly endpoint: readonly string[];
  readonly option: readonly string[];
  readonly linkingOnly?: true;
}

/** The option for each field that an error of the connections names. */
const flags: Flags = {
  alias: '<alias>',
  provider: '--provider',
  client_id: '--client-id',
  client_secret: '--client-secret',
  scopes: '--scope',
  endpoints: '--endpoint',
  options: '--option',
};

export function connectionsCommand(): Command {
  return new Command('connections')
    .description('registrations at providers')
    .addCommand(addCommand())
    .addCommand(listConnectionsCommand())
    .addCommand(checkCommand())
    .addCommand(disableCommand())
    .addCommand(enableCommand())
    .addCommand(removeConnectionCommand())
    .addCommand(domainFilesCommand());
}

function addCommand(): Command {
  return new Command('add')
    .description('register the broker’s app at a provider')
    .argument('<alias>', 'name of the connection in URLs')
    .addOption(new Option('--provider <provider>').choices(providers).makeOptionMandatory())
    .requiredOption('--client-id <id>', 'the app id that the provider issued')
    .option('--client-secret <source>', '`-` reads it from standard input, `@secret.txt` from a file')
    .option('--scope <scope...>', 'scopes to ask for at sign-in', [])
    .option('--endpoint <name=url...>', 'a URL instead of the provider’s usual one', [])
    .option(
      '--option <name=value...>',
      'an option that only this provider has; `name=-` and `name=@file` for one that is secret',
      [],
    )
    .option('--linking-only', 'not offered for sign-in')
    .action(async (alias: string, options: Options) => {
      const secrets = createSecretInput();
      const input = newConnection.safeParse({
        alias,
        provider: options.provider,
        client_id: options.clientId,
        client_secret: await secrets.read('--client-secret', options.clientSecret),
        scopes: options.scope,
        endpoints: pairs('--endpoint', options.endpoint),
        options: await secretPairs(secrets, options),
        for: options.linkingOnly ? 'linking' : 'login',
      });
      if (!input.success) {
        const { issues } = input.error;
        throw inFlags(
          flags,
          issues.map(({ path, message }) => ({ path: path.join('.'), message })),
        );
      }
      const added = await withBroker(({ connections }) =>
        withFlagNames(flags, connections.create(input.data)),
      );
      process.stdout.write(
        `Added ${alias}.\n${addressLines(added)}Next: symbolon connections check ${alias}\n`,
      );
    });
}

/** Returns the options. The value of a secret one is read from standard input or a file. */
async function secretPairs(
  secrets: SecretInput,
  { provider, option }: Options,
): Promise<Record<string, string>> {
  const declared = findConnector(provider)?.options ?? {};
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(pairs('--option', option)))
    values[name] = declared[name]?.secret ? await secrets.read(`--option ${name}`, value) : value;
  return values;
}

function listConnectionsCommand(): Command {
  return new Command('list')
    .description('list them, oldest first')
    .option('--json', 'JSON in the format of the admin API')
    .action(async ({ json = false }: { json?: boolean }) => {
      const found = await withBroker(async ({ connections }) => [...(await connections.all())], {
        readOnly: true,
      });
      process.stdout.write(
        json ? `${JSON.stringify(found.map(describeConnection), null, 2)}\n` : connectionsTable(found),
      );
    });
}

function connectionsTable(found: readonly Connection[]): string {
  if (found.length === 0) return 'There is no connection yet. Add one: symbolon connections add --help\n';
  const rows = found.map(({ alias, connector, enabled, purpose, createdAt }) => [
    alias,
    connector.provider,
    enabled ? 'yes' : 'no',
    purpose,
    createdAt.toISOString(),
  ]);
  return tableOf([['alias', 'provider', 'enabled', 'for', 'created'], ...rows]);
}
