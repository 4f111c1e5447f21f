import { Command, Option } from 'commander';
import { withBroker } from './with-broker.ts';

interface Options {
  readonly name: string;
  readonly type: 'web' | 'spa' | 'native' | 'service';
  readonly redirectUri: readonly string[];
  readonly connection: readonly string[];
  readonly api: readonly string[];
  readonly firstParty?: true;
  readonly background?: true;
}

export function appsCommand(): Command {
  const create = new Command('create')
    .description('register a client app; its secret is shown once')
    .requiredOption('--name <name>', 'shown to people on the consent page')
    .addOption(new Option('--type <type>').choices(['web', 'spa', 'native', 'service']).default('web'))
    .option('--redirect-uri <uri...>', 'where people are sent back to, compared exactly', [])
    .option('--connection <alias...>', 'connections whose tokens it may use', [])
    .option('--api <identifier...>', 'APIs it may ask tokens for', [])
    .option('--first-party', 'no consent page: the app is yours')
    .option('--background', 'it may use tokens without the user present')
    .action(async (options: Options) => {
      const { app, clientSecret } = await withBroker(({ issuance }) =>
        issuance.apps.create({
          name: options.name,
          type: options.type,
          redirectUris: [...options.redirectUri],
          connections: options.connection.map((connection) => ({
            connection,
            background: options.background ?? false,
          })),
          apis: [...options.api],
          firstParty: options.firstParty ?? false,
        }),
      );
      const answer = { client_id: app.id, ...(clientSecret && { client_secret: clientSecret.reveal() }) };
      process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
    });
  return new Command('apps').description('client apps').addCommand(create);
}
