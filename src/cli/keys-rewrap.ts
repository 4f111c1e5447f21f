import { Command } from 'commander';
import { openUncheckedStore } from '../assembly/open-store.ts';
import { ConfigError, readConfig } from '../config.ts';
import { systemClock } from '../kit/clock.ts';
import { takeCensus } from '../kit/keys/key-census.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import { rewrap } from '../kit/keys/rewrap.ts';
import type { LastingRows } from '../kit/keys/sealed-rows.ts';
import { createProgress, type Progress } from './keys-progress.ts';
import { createVerdicts } from './keys-verdicts.ts';

/** Processes that start with the old order of keys may go on writing behind us; no pass is made for them for ever. */
const passes = 5;

export function rewrapCommand(): Command {
  return new Command('rewrap')
    .description(
      'rewrap everything that older keys seal with the current key, while the broker runs; may be stopped and run again',
    )
    .option('--batch <entries>', 'entries per statement', '500')
    .action(async ({ batch }: { batch: string }) => {
      const batchSize = Number(batch);
      if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 10_000)
        throw new ConfigError('--batch: must be a number from 1 to 10000');
      await using opened = new AsyncDisposableStack();
      const config = readConfig();
      const { keyring, sealed } = await openUncheckedStore(config, opened, { command: true });

      const progress = createProgress(systemClock, process.stdout);
      const unreadable = await rewrapAll(sealed.lasting, keyring, { batchSize, progress });
      const uses = await takeCensus(keyring, [...sealed.lasting, ...sealed.passing]);
      const verdicts = createVerdicts(
        uses,
        sealed.passing.map(({ name }) => name),
      );
      const lines = [
        progress.summary(keyring.currentKeyId),
        ...unreadable,
        ...verdicts.lines,
        `To retire a key, see that ${config.unsavedDirectory} is empty on every machine, then take the key out of`,
        `${config.keys.setting} on every process. It ends browser sessions that it signed and that were not used since.`,
        'Backups made before now need it: keep it as long as them.',
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
      if (!verdicts.done) process.exitCode = 1;
    });
}

/** Passes over every table until none has anything left. Answers a line about each table with what does not open. */
async function rewrapAll(
  tables: readonly LastingRows[],
  keyring: Keyring,
  { batchSize, progress }: { batchSize: number; progress: Progress },
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const table of tables) {
    let unreadable: readonly string[] = [];
    for (let pass = 1; pass <= passes; pass += 1) {
      const due = await countOthers(table, keyring.currentKeyId);
      if (due <= unreadable.length) break;
      unreadable = await onePass(table, keyring, { batchSize, progress: progress.over(table.name, due) });
    }
    if (unreadable.length > 0) lines.push(complaint(table.name, unreadable));
  }
  return lines;
}

async function onePass(
  table: LastingRows,
  keyring: Keyring,
  { batchSize, progress }: { batchSize: number; progress: ReturnType<Progress['over']> },
): Promise<readonly string[]> {
  const unreadable: string[] = [];
  for await (const batch of rewrap(table, keyring, batchSize)) {
    unreadable.push(...batch.unreadable);
    progress(batch);
  }
  return unreadable;
}

async function countOthers(table: LastingRows, currentKeyId: string): Promise<number> {
  const counts = await table.countByKey();
  return [...counts].reduce((sum, [id, count]) => sum + (id === currentKeyId ? 0 : count), 0);
}

function complaint(name: string, ids: readonly string[]): string {
  const some = ids.slice(0, 5).join(', ');
  const more = ids.length > 5 ? ', …' : '';
  return `${ids.length.toLocaleString('en')} ${name} do not open, and were left as they are: ${some}${more}`;
}
