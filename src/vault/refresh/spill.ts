import { createHash } from 'node:crypto';
import { link, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { minutes, systemClock } from '../../kit/clock.ts';
import type { Keyring } from '../../kit/keys/keyring.ts';
import { openColumn, sealColumn } from '../../kit/keys/sealed-column.ts';
import type { Logger } from '../../kit/log.ts';
import { partsIn, writeFileAtomically } from '../../kit/write-file-atomically.ts';
import type { RefreshAnswer } from './refresh-answer.ts';
import { parse, serialize } from './spill-format.ts';

/** Token sets that the database did not accept, sealed on this machine's disk until it does. */
export interface Spill {
  /** Writes a set. Returns the function that removes it. @throws when the folder cannot be written */
  keep(result: RefreshAnswer): Promise<() => Promise<void>>;
  /** Returns the number of spilled sets; `broken`: of files that could not be opened. */
  count(which?: 'waiting' | 'broken'): Promise<number>;
  /**
   * Returns the sets that can be opened, each with the function that removes it. A file that cannot be opened is renamed
   * and logged, and tried again the next time, since its key may be back then.
   */
  all(): Promise<readonly Spilled[]>;
  /** Writes and removes a file. @throws when the folder cannot be written */
  tryOut(): Promise<void>;
}

export interface Spilled {
  readonly result: RefreshAnswer;
  remove(): Promise<void>;
}

const endings = { waiting: '.sealed', broken: '.sealed.broken' };
/** Milliseconds: a file this old is not being written by another process that shares the folder. */
const abandoned = minutes(1);

export function createSpill(directory: string, keyring: Keyring, log: Pick<Logger, 'error'>): Spill {
  const inFolder = async (which: keyof typeof endings) =>
    (await readdir(directory).catch(() => [])).filter((name) => name.endsWith(endings[which]));

  async function open(file: string): Promise<Spilled | undefined> {
    const place = path.join(directory, file);
    try {
      // Reading a pipe or a device may never end.
      if (!(await stat(place)).isFile()) throw new Error('this is no file');
      const text = openColumn(keyring, await readFile(place), context(file.slice(0, file.indexOf('.'))));
      return { result: parse(text), remove: () => rm(place, { force: true }) };
    } catch (error) {
      await setAside(place, error);
      return undefined;
    }
  }

  async function setAside(place: string, error: unknown): Promise<void> {
    const aside = place.endsWith(endings.broken) ? place : place.replace(/\.sealed$/, endings.broken);
    if (aside !== place) {
      await rename(place, aside).catch((failure: unknown) => {
        log.error({ err: failure, file: place }, 'a file of a spilled token cannot be renamed');
      });
    }
    log.error(
      { err: error, file: aside },
      'a spilled token cannot be read: its file is set aside, and tried again at the next start',
    );
  }

  /** Completes files whose process ended between writing and renaming them. */
  async function finishWriting(): Promise<void> {
    for (const { part, place } of await partsIn(directory)) {
      try {
        const { mtimeMs } = await stat(part);
        if (systemClock.now().getTime() - mtimeMs < abandoned) continue;
        // A file with the final name stays as it is.
        if (place.endsWith(endings.waiting)) await link(part, place).catch(unlessThere);
        await rm(part);
      } catch (error) {
        log.error({ err: error, file: part }, 'a file that was not written to its end stays');
      }
    }
  }

  return {
    async keep(result) {
      const name = createHash('sha256')
        .update(`${result.identityId}:${result.version}`)
        .digest('hex')
        .slice(0, 32);
      const place = path.join(directory, `${name}${endings.waiting}`);
      await writeFileAtomically(place, sealColumn(keyring, serialize(result), context(name)));
      return () => rm(place, { force: true });
    },
    count: async (which = 'waiting') => (await inFolder(which)).length,
    async all() {
      await finishWriting();
      const files = [...(await inFolder('waiting')), ...(await inFolder('broken'))];
      return (await Promise.all(files.map(open))).filter((one) => one !== undefined);
    },
    async tryOut() {
      const place = path.join(directory, 'writable');
      await writeFileAtomically(place, new Uint8Array());
      await rm(place, { force: true });
    },
  };
}

function unlessThere(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
}

function context(name: string): string {
  return `spill:${name}`;
}
