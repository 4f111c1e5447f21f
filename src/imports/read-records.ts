import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { JSONParser } from '@streamparser/json';
import { parseExactJson } from '../kit/exact-json.ts';

/** The error for a file that cannot be read as an export. */
export class ExportFileError extends Error {
  override readonly name = 'ExportFileError';
}

export interface ExportFile {
  readonly bytes: number;
  /** Returns how many bytes of the file have been read. */
  bytesRead(): number;
  /** Yields each record, and undefined for a line that is not JSON. @throws ExportFileError */
  records(): AsyncGenerator<unknown>;
}

/** The number of characters within which a first line that is a complete record ends. */
const longestHead = 1024 * 1024;

/**
 * Opens an export: one record a line, one array, or one object with the records under `users`; gzipped or
 * plain. The file is streamed and never held in memory as a whole.
 */
export async function openExport(path: string): Promise<ExportFile> {
  const { bytes, gzipped } = await inspectFile(path);
  const raw = createReadStream(path, { highWaterMark: 64 * 1024 });
  const decoded = () => (gzipped ? unzipped(raw) : raw);
  const form = await formOf(path, gzipped);
  return {
    bytes,
    bytesRead: () => raw.bytesRead,
    records: () => (form === 'lines' ? lines(decoded()) : elements(decoded(), form)),
  };
}

async function inspectFile(path: string) {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    const { size } = await file.stat();
    // RFC 1952 section 2.3.1: a gzip file begins with these two bytes.
    return { bytes: size, gzipped: bytesRead === 2 && buffer.readUInt16BE() === 0x1f8b };
  } catch (cause) {
    throw new ExportFileError('it cannot be read', { cause });
  }
}

function unzipped(raw: Readable): Readable {
  const gunzip = createGunzip();
  raw.on('error', (error) => gunzip.destroy(error));
  return raw.pipe(gunzip);
}

/** The place of the records: one a line, or a path in one document. */
type Form = 'lines' | '$.*' | '$.users.*';

async function formOf(path: string, gzipped: boolean): Promise<Form> {
  const raw = createReadStream(path);
  let head = '';
  for await (const chunk of gzipped ? unzipped(raw) : raw) {
    head = (head + String(chunk)).trimStart();
    if (head.includes('\n') || head.length > longestHead) break;
  }
  raw.destroy();
  const [first = ''] = head.split('\n', 1);
  if (parsed(first) !== undefined) return 'lines';
  return head.startsWith('[') ? '$.*' : '$.users.*';
}

async function* lines(input: Readable): AsyncGenerator<unknown> {
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue;
    const value = parsed(line);
    yield* value === undefined ? [undefined] : recordsIn(value);
  }
}

/** Some exports have a page of records on each line. */
function recordsIn(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  const users = value !== null && typeof value === 'object' && 'users' in value ? value.users : undefined;
  return Array.isArray(users) ? users : [value];
}

async function* elements(input: Readable, path: Form): AsyncGenerator<unknown> {
  const parser = new JSONParser({ paths: [path], keepStack: false });
  let found: unknown[] = [];
  parser.onValue = ({ value }) => found.push(value);
  try {
    for await (const chunk of input) {
      parser.write(chunk);
      yield* found;
      found = [];
    }
    if (!parser.isEnded) parser.end();
  } catch (cause) {
    throw new ExportFileError('the file is not JSON, or ends in the middle', { cause });
  }
}

function parsed(line: string): unknown {
  try {
    return parseExactJson(line);
  } catch {
    return undefined;
  }
}
