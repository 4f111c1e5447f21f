import { StringDecoder } from 'node:string_decoder';
import { asObject, type Json, parseExactJson } from '../kit/exact-json.ts';
import { ExportFileError, openBytes, peek } from './export-bytes.ts';
import { chosenRealm, type RealmQuestion, realmName, withoutUsers } from './realms.ts';
import { documentRecords, realmsOf } from './stream-document.ts';

export interface ExportFile {
  readonly bytes: number;
  /** Returns how many bytes of the file have been read. */
  bytesRead(): number;
  /** Yields each record, and undefined for a line that is not JSON. @throws ExportFileError */
  records(): AsyncGenerator<unknown>;
}

/** The number of bytes within which a first line that is a complete record ends. */
const longestHead = 1024 * 1024;
/** Characters. A longer line is no record, and would not fit in a string. */
const longestLine = 256 * 1024 * 1024;

/**
 * Opens an export: one record a line, one array, or one object with the records under `users`; gzipped or
 * plain. The file is streamed and never held in memory as a whole. `question`: its files hold realms.
 */
export async function openExport(path: string, question?: RealmQuestion): Promise<ExportFile> {
  const { size, bytesRead, chunks, repeatable } = await openBytes(path);
  const { head, all } = await peek(chunks, isEnough);
  const text = head.toString().trimStart();
  const again = async () => (repeatable ? (await openBytes(path)).chunks : undefined);
  return {
    bytes: size,
    bytesRead,
    async *records() {
      try {
        if (hasLines(text)) yield* lineRecords(all, question);
        else if (!text.startsWith('[')) yield* documentRecords(all, { under: 'users', question });
        else {
          const realms = question ? await realmsOf(await again()) : [];
          const realm = question && realms.length > 0 ? chosenRealm(realms, question) : undefined;
          yield* documentRecords(all, realm ? { under: 'realm', realm } : { under: 'array' });
        }
      } finally {
        // Closes the file.
        await chunks.return(undefined);
      }
    },
  };
}

function isEnough(head: Buffer): boolean {
  if (head.length > longestHead) return true;
  return head.includes(0x0a) && head.toString().trimStart().split('\n', 3).length === 3;
}

/** Returns whether the records stand one a line. A program may have printed something else before the first of them. */
function hasLines(text: string): boolean {
  const [first = '', second = ''] = text.split('\n', 2);
  if (parsed(first) !== undefined) return true;
  const opensDocument = /^\uFEFF?(\[\s*([[{"\]]|$)|\{\s*("|$))/.test(first);
  return !opensDocument && asObject(parsed(second) as Json | undefined) !== undefined;
}

async function* lineRecords(chunks: AsyncIterable<Buffer>, question: RealmQuestion | undefined) {
  for await (const line of lines(chunks)) {
    if (line.trim() === '') continue;
    const value = parsed(line);
    yield* value === undefined ? [undefined] : recordsIn(value, question);
  }
}

/** Some exports have a page of records on each line, or the whole document on one. */
function recordsIn(value: unknown, question: RealmQuestion | undefined): readonly unknown[] {
  if (Array.isArray(value)) return question ? outOfRealms(value, question) : value;
  const users = value !== null && typeof value === 'object' && 'users' in value ? value.users : undefined;
  const name = question && realmName(value);
  if (question && name !== undefined) {
    chosenRealm([{ index: 0, name }], question);
    if (!Array.isArray(users) || users.length === 0) throw withoutUsers(name);
  }
  return Array.isArray(users) ? users : [value];
}

function outOfRealms(values: readonly unknown[], question: RealmQuestion): readonly unknown[] {
  const realms = values.flatMap((value, index) => {
    const name = realmName(value);
    return name === undefined ? [] : [{ index, name }];
  });
  if (realms.length === 0) return values;
  const { index, name } = chosenRealm(realms, question);
  return recordsIn(values[index], { realm: name });
}

/**
 * Yields the lines. Node's `readline` also splits at U+2028 and at a lone carriage return, which a JSON text may have in
 * it.
 */
async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const [rest = '', ...further] = decoder.write(chunk).split('\n');
    parts.push(rest);
    length += rest.length;
    if (length > longestLine) throw new ExportFileError('it has a line that is too long for a record');
    for (const next of further) {
      yield parts.join('');
      parts = [next];
      length = next.length;
    }
  }
  yield parts.join('') + decoder.end();
}

/** Returns the JSON of a line, also with a byte-order mark before it or the comma of a list behind it. */
function parsed(line: string): unknown {
  // JavaScript counts the mark as white space.
  const text = line.trim().replace(/,$/, '');
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}
