import { Command } from 'commander';
import { appsCommand } from './cli/apps.ts';
import { connectionsCommand } from './cli/connections.ts';
import { importCommand } from './cli/import.ts';
import { keysCommand } from './cli/keys.ts';
import { migrateCommand } from './cli/migrate.ts';
import { restoredCommand } from './cli/restored.ts';
import { settingsCommand } from './cli/settings.ts';
import { timesCommand } from './cli/times.ts';
import { ConfigError } from './config.ts';
import { Problem } from './kit/problem.ts';
import { main } from './main.ts';

const program = new Command('symbolon')
  .description('A self-hosted federated identity broker that keeps the tokens')
  .showHelpAfterError()
  .addCommand(new Command('start').description('run the broker').action(main))
  .addCommand(migrateCommand())
  .addCommand(appsCommand())
  .addCommand(connectionsCommand())
  .addCommand(keysCommand())
  .addCommand(importCommand())
  .addCommand(restoredCommand())
  .addCommand(timesCommand())
  .addCommand(settingsCommand());

try {
  await program.parseAsync();
} catch (error) {
  const expected = error instanceof ConfigError || error instanceof Problem;
  const text = expected
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  process.stderr.write(`${text.replace(/^/gm, 'symbolon: ')}\n`);
  process.exitCode = 1;
}
// The schema engine leaves a timer of ten seconds behind.
process.exit();
