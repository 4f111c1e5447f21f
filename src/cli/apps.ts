import { Command, Option } from 'commander';
import { appCreationDetail } from '../admin/app-facts.ts';
import { ConfigError } from '../config.ts';
import { listAppsCommand } from './apps-list.ts';
import { updateAppCommand } from './apps-update.ts';
import { requireConfirmation } from './confirmation.ts';
import { type Flags, withFlagNames } from './flags.ts';
import { eventsOf, withBroker } from './with-broker.ts';

interface Options {
  readonly name: string;
  readonly type: 'web' | 'spa' | 'native' | 'service';
  readonly redirectUri: readonly string[];
  readonly connection: readonly string[];
  readonly api: readonly string[];
  readonly firstParty?: true;
  readonly background?: true;
}

/** The option for each field that an error of the registry names. */
const flags: Flags = {
  name: '--name',
  type: '--type',
  redirectUris: '--redirect-uri',
  connections: '--connection',
  apis: '--api',
};

export function appsCommand(): Command {
  return new Command('apps')
    .description('client apps')
    .addCommand(createAppCommand())
    .addCommand(listAppsCommand())
    .addCommand(updateAppCommand())
    .addCommand(removeAppCommand())
    .addCommand(restoreAppCommand());
}

function createAppCommand(): Command {
  return new Command('create')
    .description('register a client app; its secret is shown once')
    .requiredOption('--name <name>', 'name on the consent page')
    .addOption(new Option('--type <type>').choices(['web', 'spa', 'native', 'service']).default('web'))
    .option('--redirect-uri <uri...>', 'redirect URI after the sign-in, compared exactly', [])
    .option('--connection <alias...>', 'connections whose tokens the app may use', [])
    .option('--api <identifier...>', 'APIs that the app may ask tokens for', [])
    .option('--first-party', 'no consent page: the app is yours')
    .option('--background', 'the app may use tokens without the user present')
    .action(async (options: Options) => {
      const { app, clientSecret } = await create(options);
      const answer = { client_id: app.id, ...(clientSecret && { client_secret: clientSecret.reveal() }) };
      process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
      // The hint goes to standard error, because programs read the output.
      if (clientSecret) process.stderr.write('Keep the client secret: it is not shown again.\n');
    });
}

async function create(options: Options) {
  return await withBroker(async ({ issuance }, store) => {
    const made = issuance.apps.create({
      name: options.name,
      type: options.type,
      redirectUris: [...options.redirectUri],
      connections: options.connection.map((connection) => ({
        connection,
        background: options.background ?? false,
      })),
      apis: [...options.api],
      firstParty: options.firstParty ?? false,
    });
    const created = await withFlagNames(flags, made);
    await eventsOf(store).record({
      type: 'app.created',
      appId: created.app.id,
      detail: appCreationDetail(created.app),
    });
    return created;
  });
}

function removeAppCommand(): Command {
  return new Command('remove')
    .description('remove an app; all its tokens become invalid')
    .argument('<client-id>', 'client id of the app')
    .option('--yes', 'confirm')
    .action(async (id: string, { yes }: { yes?: true }) => {
      await withBroker(async ({ issuance: { apps } }, store) => {
        const app = await apps.get(id);
        if (!app) throw new ConfigError(`There is no app ${id}. Those there are: symbolon apps list`);
        requireConfirmation(
          yes,
          `${app.name} stops working, and all its tokens become invalid. It can be restored for 24 hours.`,
        );
        await apps.remove(id);
        await eventsOf(store).record({ type: 'app.removed', appId: id });
      });
      process.stdout.write(`Removed ${id}.\n`);
      process.stderr.write(`For 24 hours: symbolon apps restore ${id}\n`);
    });
}

function restoreAppCommand(): Command {
  return new Command('restore')
    .description('bring an app back that was removed in the last 24 hours; it stays switched off')
    .argument('<client-id>', 'client id of the app')
    .action(async (id: string) => {
      await withBroker(async ({ issuance: { apps } }, store) => {
        await apps.restore(id);
        await eventsOf(store).record({ type: 'app.restored', appId: id });
      });
      process.stdout.write(`Restored ${id}. It is off: symbolon apps update ${id} --enable\n`);
    });
}
