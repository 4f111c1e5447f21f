import { Command } from 'commander';
import { explained, findDatabase } from '../assembly/open-store.ts';
import { readDatabaseConfig } from '../config.ts';
import { grantTo } from '../kit/database/grants.ts';
import { migrationsDue, openDatabase } from '../kit/database/open-database.ts';
import { prepareJobs } from '../kit/jobs.ts';

interface Options {
  readonly resolve?: true;
  readonly check?: true;
  readonly grant?: string;
}

/** It needs the settings of the database alone, so that a job of a deployment can run it without keys. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('apply pending migrations, also to the tables of the background jobs')
    .option('--resolve', 'also finish a migration that an earlier version applied in part')
    .option('--check', 'only say which migrations are due; the exit code is 1 when there are any')
    .option(
      '--grant <role>',
      'then give this role the rights to run the broker, and no others (docs/database.md)',
    )
    .action(async ({ resolve, check = undefined, grant }: Options) => {
      await using opened = new AsyncDisposableStack();
      const found = await findDatabase(readDatabaseConfig(), opened);
      if (check) return await say(await explained(() => migrationsDue(found)));
      const { database, applied, notes } = await explained(() =>
        openDatabase({ ...found, poolSize: 2, resolve, longest: Number.POSITIVE_INFINITY }),
      );
      opened.defer(() => database.close());
      for (const note of notes) process.stdout.write(`DATABASE_URL: ${note}\n`);
      await prepareJobs(database.pool);
      const text = applied.length > 0 ? `Applied: ${applied.join(', ')}` : 'The database is up to date.';
      process.stdout.write(`${text}\n`);
      if (grant === undefined) return;
      await explained(() => grantTo(database.pool, grant));
      process.stdout.write(`The role ${grant} can run the broker.\n`);
    });
}

async function say(due: readonly string[]): Promise<void> {
  process.stdout.write(due.length > 0 ? `Due: ${due.join(', ')}\n` : 'The database is up to date.\n');
  if (due.length > 0) process.exitCode = 1;
}
