import { Command, Option } from 'commander';
import { ConfigError } from '../config.ts';
import { providers } from '../connectors/registry.ts';
import { newConnection } from '../login/connection-input.ts';
import { addressesOf, checkCommand } from './connections-check.ts';
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

export function connectionsCommand(): Command {
  const add = new Command('add')
    .description('register the broker’s app at a provider')
    .argument('<alias>', 'its name in addresses')
    .addOption(new Option('--provider <provider>').choices(providers).makeOptionMandatory())
    .requiredOption('--client-id <id>', 'the app id that the provider issued')
    .option('--client-secret <secret>', '`-` reads it from standard input, out of the shell history')
    .option('--scope <scope...>', 'asked for at sign-in', [])
    .option('--endpoint <name=url...>', 'an address in place of the provider’s usual one', [])
    .option('--option <name=value...>', 'a setting of this provider alone', [])
    .option('--linking-only', 'not offered for sign-in')
    .action(async (alias: string, options: Options) => {
      const input = newConnection.safeParse({
        alias,
        provider: options.provider,
        client_id: options.clientId,
        client_secret: await secretOf(options.clientSecret),
        scopes: options.scope,
        endpoints: pairs(options.endpoint),
        options: pairs(options.option),
        for: options.linkingOnly ? 'linking' : 'login',
      });
      if (!input.success) {
        throw new ConfigError(
          input.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'),
        );
      }
      const added = await withBroker(({ connections }) => connections.create(input.data));
      process.stdout.write(
        `Added ${alias}.\n${addressesOf(added)}Then: symbolon connections check ${alias}\n`,
      );
    });
  return new Command('connections')
    .description('registrations at providers')
    .addCommand(add)
    .addCommand(checkCommand());
}

function pairs(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(given.map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
}

async function secretOf(given: string | undefined): Promise<string | undefined> {
  if (given !== '-') return given;
  let text = '';
  for await (const chunk of process.stdin) text += String(chunk);
  if (text.trim() === '') throw new ConfigError('--client-secret: nothing came on standard input');
  return text.trim();
}
