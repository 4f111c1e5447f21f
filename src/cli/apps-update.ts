import { Command } from 'commander';
import { ConfigError } from '../config.ts';
import type { AccountConsent, App } from '../issuance/registry/app.ts';
import { type Flags, withFlagNames } from './flags.ts';
import { withBroker } from './with-broker.ts';

interface Options {
  readonly name?: string;
  readonly redirectUri?: readonly string[];
  readonly connection?: readonly string[];
  readonly api?: readonly string[];
  readonly firstParty?: boolean;
  readonly background?: boolean;
  readonly optional?: readonly string[] | false;
  readonly enable?: true;
  readonly disable?: true;
  readonly json?: true;
  readonly reason: string;
}

const flags: Flags = {
  name: '--name',
  redirect_uris: '--redirect-uri',
  connections: '--connection',
  apis: '--api',
};

export function updateAppCommand(): Command {
  return new Command('update')
    .description('change an app; what is not named stays')
    .argument('<client-id>', 'client id of the app')
    .option('--name <name>', 'name on the consent page')
    .option('--redirect-uri <uri...>', 'all redirect URIs after the sign-in, compared exactly')
    .option(
      '--connection <alias...>',
      'all connections whose tokens the app may use; a known one keeps its rules',
    )
    .option('--api <identifier...>', 'all APIs that the app may ask tokens for')
    .option('--first-party', 'no consent page: the app is yours')
    .option('--no-first-party', 'people are asked for consent')
    .option('--background', 'the app may use tokens of all its connections without the user present')
    .option('--no-background', 'it may not')
    .option('--optional <alias...>', 'all connections that people may leave out on the consent page')
    .option('--no-optional', 'people allow all its connections or none')
    .option('--enable', 'switch it on')
    .option('--disable', 'switch it off; its tokens become invalid')
    .option('--reason <text>', 'why, for the audit log', 'symbolon apps update')
    .option('--json', 'the app in the format of the admin API')
    .action(async (id: string, options: Options) => {
      const app = await withBroker(async ({ issuance: { apps }, configuration }) => {
        const before = await apps.get(id);
        if (!before) throw new ConfigError(`There is no app ${id}. Those there are: symbolon apps list`);
        const body = bodyOf(before, options);
        if (Object.keys(body).length === 0)
          throw new ConfigError('Nothing to change: name at least one option.');
        const step = {
          operation: 'PATCH /apps/{app}',
          act: 'change',
          section: 'apps',
          key: id,
          fields: Object.keys(body),
          param: { name: 'app', key: id },
          body,
        } as const;
        const { reason } = options;
        return await withFlagNames(flags, configuration.run(step, { takeOver: false, reason }));
      });
      process.stdout.write(options.json ? `${JSON.stringify(app, null, 2)}\n` : `Changed ${id}.\n`);
    });
}

function bodyOf(app: App, options: Options): Record<string, unknown> {
  const { name, redirectUri, connection, api, firstParty, background, optional, enable, disable } = options;
  if (enable && disable) throw new ConfigError('--enable and --disable exclude each other.');
  const aliases = connection ?? app.connections.map((line) => line.connection);
  const unknown = (optional || []).find((alias) => !aliases.includes(alias));
  if (unknown !== undefined) throw new ConfigError(`--optional: the app has no connection ${unknown}.`);
  const lines = aliases.map((alias) => {
    const known = app.connections.find((one) => one.connection === alias);
    const { proxyHeaders, ...line } = known ?? { connection: alias };
    return {
      ...line,
      ...(proxyHeaders && { proxy_headers: proxyHeaders }),
      ...(background !== undefined && { background }),
      ...(optional !== undefined && { consent: consentOf(alias, optional, known?.consent) }),
    };
  });
  return {
    ...(name !== undefined && { name }),
    ...(redirectUri && { redirect_uris: redirectUri }),
    ...((connection || background !== undefined || optional !== undefined) && { connections: lines }),
    ...(api && { apis: api }),
    ...(firstParty !== undefined && { first_party: firstParty }),
    ...((enable || disable) && { enabled: enable ?? false }),
  };
}

/** A connection that is optional already keeps its box. */
function consentOf(alias: string, optional: readonly string[] | false, before: AccountConsent | undefined) {
  const isOptional = optional !== false && optional.includes(alias);
  if (!isOptional) return 'required';
  return before === undefined || before === 'required' ? 'ticked' : before;
}
