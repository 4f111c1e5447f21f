import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { requireRowTags } from '../assembly/keep-row-tags.ts';
import { openUncheckedStore, type UncheckedStore } from '../assembly/open-store.ts';
import { taggedTables } from '../assembly/row-tags.ts';
import { type Config, readConfig } from '../config.ts';
import type { Database } from '../kit/database/database.ts';
import { UnreadableError } from '../kit/keys/keyring.ts';
import { findUnbelieved, type UnbelievedRows } from '../kit/keys/row-adoption-store.ts';
import { createRowTagKeyStore, type RowTagKey, type RowTagKeyStore } from '../kit/keys/row-tag-key-store.ts';
import { createRowTags, type RowTags } from '../kit/keys/row-tags.ts';
import { requireConfirmation } from './confirmation.ts';
import { formatCount, tableOf } from './table.ts';
import { eventsOf } from './with-broker.ts';

/** The commands about rows that another hand may have written into the database. */
export function rowsCommand(): Command {
  return new Command('rows')
    .description('rows of the database that the broker has not written')
    .addCommand(
      new Command('check')
        .description('list the rows without a right tag, which the broker does not believe; changes nothing')
        .action(() => withRows(check)),
    )
    .addCommand(
      new Command('adopt')
        .description('believe all rows as they are now, also those that another hand has written')
        .option('--yes', 'do it: the report of `symbolon rows check` has been read')
        .action(({ yes }: { yes?: boolean }) => withRows((opened) => adopt(opened, yes))),
    );
}

interface Opened {
  readonly config: Config;
  readonly database: Database;
  readonly keyring: UncheckedStore['keyring'];
  readonly keys: RowTagKeyStore;
  /** Undefined: the key is gone, or was sealed under an encryption key that is not configured. */
  readonly known: RowTagKey | undefined;
}

async function withRows(use: (opened: Opened) => Promise<void>): Promise<void> {
  const config = readConfig();
  await using stack = new AsyncDisposableStack();
  const { database, keyring } = await openUncheckedStore(config, stack, { command: true });
  const keys = createRowTagKeyStore(database.pool, keyring);
  const known = await keys.read().catch((error: unknown) => {
    if (error instanceof UnreadableError) return undefined;
    throw error;
  });
  await use({ config, database, keyring, keys, known });
}

async function check({ database, known }: Opened): Promise<void> {
  // Under a random key, no row has a right tag.
  const tags = createRowTags(known?.key ?? randomBytes(32), 'required');
  const found = await report(database, tags);
  print(tableOf([['TABLE', 'ROWS', 'UNTAGGED', 'WRONG TAG'], ...found.map(lineOf)], 1));
  for (const { table, ids } of found) for (const id of ids) print(`${table} ${id}\n`);
  if (!known) print('The key of the tags is gone, so that no row can be told from another.\n');
  else if (known.stage === 'adopting')
    print('Rows of an earlier version are still being adopted: every row is believed for now.\n');
  const total = found.reduce((sum, { untagged, wrong }) => sum + untagged + wrong, 0);
  print(total === 0 ? 'Every row has its tag.\n' : `${formatCount(total)} rows have no right tag.\n`);
  if (total > 0) process.exitCode = 1;
}

async function adopt({ config, database, keyring, keys, known }: Opened, yes?: boolean): Promise<void> {
  requireConfirmation(yes, 'Every row is believed as it is now, also one that another hand has written.');
  if (!known) await keys.remove();
  const { key, stage } = known ?? (await keys.insert('adopting'));
  const rowTags = createRowTags(key, stage);
  const events = eventsOf({ database, keyring });
  const { dataDirectory } = config;
  const adopted = await requireRowTags({ database, keyring, dataDirectory, rowTags, events });
  print(`${formatCount(adopted)} rows were tagged. Restart the brokers if the key of the tags was gone.\n`);
}

async function report(database: Database, tags: RowTags): Promise<readonly UnbelievedRows[]> {
  const found: UnbelievedRows[] = [];
  for (const table of taggedTables) found.push(await findUnbelieved(database.pool, tags, table));
  return found;
}

function lineOf({ table, rows, untagged, wrong }: UnbelievedRows): readonly string[] {
  return [table, ...[rows, untagged, wrong].map(formatCount)];
}

function print(text: string): void {
  process.stdout.write(text);
}
