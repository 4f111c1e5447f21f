import { Command } from 'commander';
import { ConfigError } from '../config.ts';
import { Problem } from '../kit/problem.ts';
import { main } from '../main/run.ts';
import { appsCommand } from './apps.ts';
import { connectionsCommand } from './connections.ts';
import { importCommand } from './import.ts';
import { keysCommand } from './keys.ts';
import { migrateCommand } from './migrate.ts';
import { restoredCommand } from './restored.ts';
import { settingsCommand } from './settings.ts';
import { timesCommand } from './times.ts';

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
