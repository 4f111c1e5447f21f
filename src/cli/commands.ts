import { Command } from 'commander';
import { settings } from '../config/settings.ts';
import { ConfigError } from '../config.ts';
import { Problem } from '../kit/problem.ts';
import { version } from '../kit/version.ts';

/**
 * The command line. This room owns the commands, their options and their output. Each command opens the
 * configured database, or a broker that listens on no port, and calls the room that does the work. A
 * command's module is loaded only if that command runs.
 */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => {
    const { main } = await import('../assembly/run.ts');
    return new Command('start').description('run the broker').action(main);
  },
  migrate: async () => (await import('./migrate.ts')).migrateCommand(),
  audit: async () => (await import('./audit.ts')).auditCommand(),
  admins: async () => (await import('./admins.ts')).adminsCommand(),
  apps: async () => (await import('./apps.ts')).appsCommand(),
  connections: async () => (await import('./connections.ts')).connectionsCommand(),
  config: async () => (await import('./config.ts')).configCommand(),
  keys: async () => (await import('./keys.ts')).keysCommand(),
  import: async () => (await import('./import.ts')).importCommand(),
  identities: async () => (await import('./identities.ts')).identitiesCommand(),
  restored: async () => (await import('./restored.ts')).restoredCommand(),
  times: async () => (await import('./times.ts')).timesCommand(),
  rows: async () => (await import('./rows.ts')).rowsCommand(),
  settings: async () => settingsCommand(),
};

/** Runs the command that the process was started with, and ends the process. Never returns. */
export async function runCommandLine(): Promise<never> {
  const program = new Command('symbolon')
    .description('A self-hosted federated identity broker that keeps the tokens')
    .version(version)
    .showHelpAfterError();
  const [named = ''] = process.argv.slice(2);
  // Help lists all commands, and a misspelt name gets a suggestion, so all of them are loaded then.
  const wanted = Object.hasOwn(commands, named) ? [named] : Object.keys(commands);
  for (const name of wanted) {
    const command = await commands[name]?.();
    if (command) program.addCommand(command);
  }
  await program.parseAsync().catch(explain);
  // The schema engine leaves a timer of ten seconds behind.
  process.exit();
}

function explain(error: unknown): void {
  const expected = error instanceof ConfigError || error instanceof Problem;
  const text = expected
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  process.stderr.write(`${text.replace(/^/gm, 'symbolon: ')}\n`);
  process.exitCode = 1;
}

function settingsCommand(): Command {
  return new Command('settings').description('list the settings').action(() => {
    for (const [name, schema] of Object.entries(settings.shape)) {
      process.stdout.write(`${name}\n    ${schema.description ?? ''}\n`);
    }
  });
}
