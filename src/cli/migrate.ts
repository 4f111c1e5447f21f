import { Command } from 'commander';
import { prepareJobs } from '../kit/jobs.ts';
import { withDatabase } from './with-broker.ts';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('apply pending migrations, also to the tables of the background jobs')
    .option('--resolve', 'also finish a migration that an earlier version applied in part')
    .action(async ({ resolve }: { readonly resolve?: true }) => {
      await withDatabase(
        async ({ applied, notes, database }) => {
          for (const note of notes) process.stdout.write(`DATABASE_URL: ${note}\n`);
          await prepareJobs(database.pool);
          const text = applied.length > 0 ? `Applied: ${applied.join(', ')}` : 'The database is up to date.';
          process.stdout.write(`${text}\n`);
        },
        { resolve },
      );
    });
}
