import { Command } from 'commander';
import { withDatabase } from './with-broker.ts';

export function migrateCommand(): Command {
  return new Command('migrate').description('bring the database up to date').action(async () => {
    await withDatabase(async ({ applied }) => {
      const text = applied.length > 0 ? `Applied: ${applied.join(', ')}` : 'The database is up to date.';
      process.stdout.write(`${text}\n`);
    });
  });
}
