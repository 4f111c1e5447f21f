import { once } from 'node:events';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { ConfigError } from '../config.ts';

/** A file of one JSON object per line, which only its owner can read. */
export interface LineFile {
  write(line: object): void;
  /** Resolves when the file can take more. @throws ConfigError when a line could not be written */
  settled(): Promise<void>;
  /** Resolves when all lines are in the file. @throws ConfigError when one could not be written */
  end(): Promise<void>;
}

/** Drops its lines. */
const noFile: LineFile = {
  write: () => undefined,
  settled: () => Promise.resolve(),
  end: () => Promise.resolve(),
};

/**
 * Opens the file of an option, so that a bad path is known before the work begins. `apart`: files that it must not replace.
 * `flags`: `a` keeps the lines of earlier runs.
 * @throws ConfigError
 */
export async function openLineFile(
  option: string,
  path: string | undefined,
  apart: readonly string[],
  flags: 'w' | 'a' = 'w',
): Promise<LineFile> {
  if (path === undefined) return noFile;
  await requireApart(option, path, apart);
  const handle = await open(path, flags, 0o600).catch((error: unknown) => {
    throw new ConfigError(`${option}: ${path} cannot be written: ${wordsOf(error)}`);
  });
  await closeToOthers(handle);
  return linesOf(option, path, handle);
}

function linesOf(option: string, path: string, handle: FileHandle): LineFile {
  const stream = handle.createWriteStream();
  let failure: unknown;
  stream.on('error', (error) => {
    failure ??= error;
  });
  const requireWritten = () => {
    if (failure === undefined) return;
    throw new ConfigError(
      `${option}: ${path} cannot be written: ${wordsOf(failure)}. The people imported so far stay; run the import again`,
    );
  };
  return {
    write(line) {
      if (failure === undefined) stream.write(`${JSON.stringify(line)}\n`);
    },
    async settled() {
      // A failure is kept above.
      if (stream.writableNeedDrain) await once(stream, 'drain').catch(() => undefined);
      requireWritten();
    },
    async end() {
      stream.end();
      await finished(stream).catch((error: unknown) => {
        failure ??= error;
      });
      requireWritten();
    },
  };
}

/** An existing file keeps its mode when it is opened. A device such as /dev/null must keep it. */
async function closeToOthers(handle: FileHandle): Promise<void> {
  if ((await handle.stat()).isFile()) await handle.chmod(0o600).catch(() => undefined);
}

/** Opening a file to write empties it: the export, or the other report. @throws ConfigError */
async function requireApart(option: string, path: string, apart: readonly string[]): Promise<void> {
  const own = await placeOf(path);
  for (const other of apart) {
    if (other === undefined || (other !== path && (own === undefined || own !== (await placeOf(other)))))
      continue;
    throw new ConfigError(`${option}: ${path} is also the file ${other}; name another`);
  }
}

/** Returns the device and number of a regular file. */
async function placeOf(path: string): Promise<string | undefined> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats?.isFile() ? `${stats.dev} ${stats.ino}` : undefined;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
