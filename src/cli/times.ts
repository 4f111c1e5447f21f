import { Command } from 'commander';
import type { OpenStore } from '../assembly/open-store.ts';
import { shiftedTables } from '../assembly/shifted-tables.ts';
import { ConfigError } from '../config.ts';
import { createShiftedTimesStore, type Found, type Shift } from '../kit/database/shifted-times-store.ts';
import { tableOf } from './table.ts';
import { withDatabase } from './with-broker.ts';

interface Options {
  readonly zone?: string;
}

export function timesCommand(): Command {
  const zone = ['--zone <name>', 'former time zone of the sessions, if it is not the recorded one'] as const;
  return new Command('times')
    .description(
      'find and correct the times that earlier versions stored wrong in a database that is not in UTC',
    )
    .addCommand(
      new Command('check')
        .description('count the wrong times; changes nothing')
        .option(...zone)
        .action((options: Options) => withDatabase((store) => check(store, options), { readOnly: true })),
    )
    .addCommand(
      new Command('mend')
        .description(
          'correct the times when no broker of an earlier version runs; may be stopped and run again',
        )
        .option(...zone)
        .action((options: Options) => withDatabase((store) => mend(store, options))),
    );
}

async function check({ database }: OpenStore, options: Options): Promise<void> {
  const times = createShiftedTimesStore(database.pool);
  const shift = await shiftOf(times, options);
  if (!shift) return;
  const found: Found[] = [];
  for (const table of shiftedTables)
    if (!shift.done.has(table.table)) found.push(await times.pass(table, shift, false));
  print(report(found, 'shifted'));
  const total = found.reduce((sum, { shifted }) => sum + shifted, 0);
  print(total === 0 ? 'No time needs a correction.' : `symbolon times mend puts ${total} rows right.`);
}

async function mend({ database }: OpenStore, options: Options): Promise<void> {
  const times = createShiftedTimesStore(database.pool);
  const shift = await shiftOf(times, options);
  if (!shift) return;
  const found: Found[] = [];
  for (const table of shiftedTables)
    if (!shift.done.has(table.table)) found.push(await times.pass(table, shift, true));
  print(report(found, 'corrected'));
  print(`${found.reduce((sum, { shifted }) => sum + shifted, 0)} rows were corrected.`);
}

/**
 * Returns the change of the time zone, with the tables that are corrected already; undefined: no time was stored wrong.
 */
async function shiftOf(
  times: ReturnType<typeof createShiftedTimesStore>,
  { zone: given }: Options,
): Promise<(Shift & { readonly done: ReadonlySet<string> }) | undefined> {
  const recorded = await times.recorded();
  if (!recorded) throw new ConfigError('the database does not say since when its sessions are in UTC');
  const zone = given ?? recorded.zone;
  const differs = await times.differs(zone);
  if (differs === undefined) throw new ConfigError(`--zone: PostgreSQL does not know the time zone ${zone}`);
  if (!differs) {
    print(`Sessions were in ${zone} before: no time was stored wrong. Add --zone to name another zone.`);
    return undefined;
  }
  const done = new Set(Object.keys(recorded.mended));
  print(`Sessions were in ${zone} until ${recorded.since.toISOString()}.`);
  if (done.size > 0) print(`Corrected already: ${[...done].join(', ')}.`);
  return { zone, since: recorded.since, done };
}

function report(found: readonly Found[], head: string): string {
  const rows = found.map(({ table, rows, shifted, unknown }) => [
    table,
    `${rows}`,
    `${shifted}`,
    `${unknown}`,
  ]);
  return tableOf([['table', 'rows', head, 'unknown'], ...rows], 1);
}

function print(text: string): void {
  process.stdout.write(`${text.trimEnd()}\n`);
}
