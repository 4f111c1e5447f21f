import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

/** The error for a file that cannot be read as an export. */
export class ExportFileError extends Error {
  override readonly name = 'ExportFileError';
}

/** The bytes of an export, unzipped and without a byte-order mark. They can be read once. */
export interface ExportBytes {
  /** The size of the file; 0 for a pipe. */
  readonly size: number;
  /** Whether the file can be opened again from its start. */
  readonly repeatable: boolean;
  /** Returns how many bytes of the file have been read. */
  bytesRead(): number;
  /** @throws ExportFileError */
  readonly chunks: AsyncGenerator<Buffer>;
}

/** Opens a file, or the standard input for `-`. @throws ExportFileError */
export async function openBytes(path: string): Promise<ExportBytes> {
  const file = path === '-' ? undefined : await openFile(path);
  const counted = { bytes: 0 };
  const raw = count(file?.handle.createReadStream({ autoClose: false }) ?? process.stdin, counted);
  return {
    size: file?.size ?? 0,
    repeatable: file?.regular ?? false,
    bytesRead: () => counted.bytes,
    chunks: explained(decoded(raw, counted), file),
  };
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly size: number;
  readonly changedAt: number;
  readonly regular: boolean;
}

async function openFile(path: string): Promise<OpenFile> {
  const handle = await open(path).catch((cause: unknown) => {
    throw new ExportFileError('it cannot be read', { cause });
  });
  const stats = await handle.stat();
  if (stats.isDirectory()) {
    await handle.close();
    throw new ExportFileError('it is a directory; an import reads one file');
  }
  return { handle, size: stats.size, changedAt: stats.mtimeMs, regular: stats.isFile() };
}

async function* count(raw: AsyncIterable<Buffer | string>, counted: { bytes: number }) {
  for await (const chunk of raw) {
    const bytes = Buffer.from(chunk);
    counted.bytes += bytes.length;
    yield bytes;
  }
}

/** Words the errors of reading, and closes the file. */
async function* explained(chunks: AsyncGenerator<Buffer>, file: OpenFile | undefined) {
  try {
    yield* chunks;
    if (file?.regular) await requireUnchanged(file);
  } catch (cause) {
    throw cause instanceof ExportFileError ? cause : new ExportFileError('it cannot be read', { cause });
  } finally {
    await file?.handle.close();
  }
}

/** A product that still writes the file may have left records out, or have put others in their place. */
async function requireUnchanged({ handle, size, changedAt }: OpenFile): Promise<void> {
  const stats = await handle.stat();
  if (stats.size !== size || stats.mtimeMs !== changedAt)
    throw new ExportFileError('it was changed while it was read; import it again when it is complete');
}

async function* decoded(raw: AsyncGenerator<Buffer>, counted: { readonly bytes: number }) {
  const { head, all } = await peek(raw, (bytes) => bytes.length >= 2);
  // RFC 1952 section 2.3.1: a gzip file begins with these two bytes.
  const gzipped = head.length >= 2 && head.readUInt16BE() === 0x1f8b;
  yield* asUtf8(gzipped ? unzipped(all, counted) : all);
}

async function* unzipped(zipped: AsyncGenerator<Buffer>, counted: { readonly bytes: number }) {
  const gunzip = createGunzip();
  const piped = pipeline(Readable.from(zipped, { objectMode: false }), gunzip);
  // The reader below gets the same error.
  piped.catch(() => undefined);
  const broken = 'the gzip file is broken, ends in the middle, or has other bytes behind it';
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (cause) {
    throw cause instanceof ExportFileError ? cause : new ExportFileError(broken, { cause });
  }
  // zlib takes some bytes behind the end without a word, and the records in them would be lost.
  if (gunzip.bytesWritten < counted.bytes) throw new ExportFileError(broken);
}

const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf]);

/** Drops the byte-order mark. No JSON in UTF-8 has NUL among its first bytes, and each in UTF-16 or UTF-32 has. */
async function* asUtf8(chunks: AsyncGenerator<Buffer>) {
  const { head, all } = await peek(chunks, (bytes) => bytes.length >= 4);
  const wide = [0xfffe, 0xfeff].includes(head.length >= 2 ? head.readUInt16BE() : 0);
  if (wide || head.subarray(0, 4).includes(0))
    throw new ExportFileError('it is not UTF-8, but probably UTF-16: convert it, as with iconv -t UTF-8');
  let rest = head.subarray(0, 3).equals(utf8Mark) ? 3 : 0;
  for await (const chunk of all) {
    const skipped = Math.min(rest, chunk.length);
    rest -= skipped;
    if (chunk.length > skipped) yield chunk.subarray(skipped);
  }
}

/** Reads until `enough` of the head, and returns the head with all chunks from the start. */
export async function peek(chunks: AsyncGenerator<Buffer>, enough: (head: Buffer) => boolean) {
  const read: Buffer[] = [];
  let head: Buffer = Buffer.alloc(0);
  while (!enough(head)) {
    const { done, value } = await chunks.next();
    if (done) break;
    read.push(value);
    head = Buffer.concat([head, value]);
  }
  async function* all() {
    yield* read.splice(0);
    yield* chunks;
  }
  return { head, all: all() };
}
