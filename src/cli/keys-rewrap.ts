import { Command } from 'commander';
import { openUncheckedStore } from '../assembly/open-store.ts';
import { ConfigError, readConfig } from '../config.ts';
import { systemClock } from '../kit/clock.ts';
import type { KeptKeys } from '../kit/keys/kept-keys.ts';
import { inWords, type KeyUse, takeCensus } from '../kit/keys/key-census.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import { rewrap } from '../kit/keys/rewrap.ts';
import type { LastingRows } from '../kit/keys/sealed-rows.ts';
import { createProgress, type Progress } from './keys-progress.ts';
import { formatCount } from './table.ts';

/**
 * The most passes over one table. A process that started with the older key first may write with it all the
 * time.
 */
const mostPasses = 5;

/** The lifetime of a pending sign-in (login/login-attempts.ts), whose secrets are the only ones that expire. */
const expiringLifetime = 'ten minutes';

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
      const { keyring, sealed, keptKeys } = await openUncheckedStore(config, opened, { command: true });
      const anew = await wrapAnew(keptKeys);

      const progress = createProgress(systemClock, process.stdout);
      const unreadable = await rewrapAll(sealed.lasting, keyring, { batchSize, progress });
      const tables = [...sealed.lasting, ...sealed.expiring];
      const uses = await takeCensus(keyring, tables, await keptKeys.roles());
      const retirement = retirementReport(
        uses,
        sealed.expiring.map(({ name }) => name),
      );
      const lines = [
        ...anew.lines,
        progress.summary(keyring.currentKeyId),
        ...unreadable,
        ...retirement.lines,
        `To retire a key, see that ${config.unsavedDirectory} is empty on every machine, then take the key out of`,
        `${config.keys.setting} on every process. It ends browser sessions that it signed and that were not used since.`,
        'Backups made before now need it: keep it as long as them.',
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
      if (!retirement.done || !anew.done) process.exitCode = 1;
    });
}

/** Has the key management services wrap the intermediate keys with the newest version of their key. */
async function wrapAnew(keptKeys: KeptKeys): Promise<RetirementReport> {
  const { moved, failed } = await keptKeys.rewrap();
  const lines = [...failed].map(([id, words]) => `${id} was not wrapped anew: ${words}`);
  if (moved > 0) lines.unshift(`Wrapped ${formatCount(moved)} intermediate keys anew.`);
  return { lines, done: failed.size === 0 };
}

/**
 * Re-seals every table until no row has an older key. Returns a line for each table with rows that cannot be
 * opened.
 */
async function rewrapAll(
  tables: readonly LastingRows[],
  keyring: Keyring,
  { batchSize, progress }: { batchSize: number; progress: Progress },
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const table of tables) {
    let unreadable: readonly string[] = [];
    for (let pass = 1; pass <= mostPasses; pass += 1) {
      const due = await countOthers(table, keyring.currentKeyId);
      // Only rows that cannot be opened are left, and the next pass could not open them either.
      if (due <= unreadable.length) break;
      unreadable = await onePass(table, keyring, { batchSize, progress: progress.over(table.name, due) });
    }
    if (unreadable.length > 0) lines.push(unreadableLine(table.name, unreadable));
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

function unreadableLine(name: string, ids: readonly string[]): string {
  const some = ids.slice(0, 5).join(', ');
  const more = ids.length > 5 ? ', …' : '';
  return `${formatCount(ids.length)} ${name} do not open, and were left as they are: ${some}${more}`;
}

interface RetirementReport {
  readonly lines: readonly string[];
  /**
   * True if only the current key seals values that do not expire. A missing key that seals some keeps it false until
   * the operator configures that key again and re-runs the command, or until the rows that no key opens are gone.
   */
  readonly done: boolean;
}

/**
 * Returns which keys can be retired, and why the others cannot. `expiring` names the tables whose values
 * expire; the values of all other tables last. `seals` has no entry for a table without values of the key.
 */
function retirementReport(uses: readonly KeyUse[], expiring: readonly string[]): RetirementReport {
  // An intermediate key that seals nothing is in no setting, so there is nothing to take out.
  const others = uses.filter(
    ({ standing, intermediate, total }) =>
      standing !== 'current' && standing !== 'sibling' && !(intermediate && total === 0),
  );
  const sealsLasting = ({ seals }: KeyUse) => [...seals.keys()].some((table) => !expiring.includes(table));

  const verdict = (use: KeyUse): string => {
    const { id, standing, seals, total } = use;
    const what = inWords(seals);
    // An empty id: the stored key id is damaged.
    if (standing === 'missing') return `${id || '(damaged)'} is missing: it seals ${what}.`;
    if (total === 0) return `${id} seals nothing any more and can be retired.`;
    if (!sealsLasting(use))
      return `${id} can be retired in ${expiringLifetime}, when this has ended: ${what}.`;
    return `${id} still seals ${what}. Does a process write with it? Restart that, then run this again.`;
  };

  return { lines: others.map(verdict), done: !others.some(sealsLasting) };
}
