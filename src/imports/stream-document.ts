import { Tokenizer, TokenParser } from '@streamparser/json';
import { ExportFileError } from './export-bytes.ts';
import { chosenRealm, type RealmAt, type RealmQuestion, withoutUsers } from './realms.ts';

/** The place of the records in one document. */
export type Place =
  | { readonly under: 'array' }
  | { readonly under: 'users'; readonly question: RealmQuestion | undefined }
  | { readonly under: 'realm'; readonly realm: RealmAt };

/** A value of the document with the keys that lead to it. */
interface Found {
  readonly value: unknown;
  readonly keys: readonly (string | number | undefined)[];
}

const paths = { array: ['$.*'], users: ['$.users.*', '$.realm'], realm: ['$.*.users.*'] };

/** Yields the records of one JSON document as they are read. @throws ExportFileError */
export async function* documentRecords(chunks: AsyncIterable<Buffer>, place: Place): AsyncGenerator<unknown> {
  const { under } = place;
  let name = under === 'realm' ? place.realm.name : undefined;
  let count = 0;
  for await (const { value, keys } of valuesIn(chunks, paths[under])) {
    if (under === 'realm' && keys[0] !== place.realm.index) continue;
    if (under === 'users' && keys[0] === 'realm') {
      if (!place.question || typeof value !== 'string') continue;
      name = value;
      chosenRealm([{ index: 0, name }], place.question);
      continue;
    }
    count += 1;
    yield value;
  }
  if (count === 0 && name !== undefined) throw withoutUsers(name);
}

/** Returns the realms of an array of realms; empty for an array of users. */
export async function realmsOf(chunks: AsyncIterable<Buffer> | undefined): Promise<readonly RealmAt[]> {
  if (!chunks) throw new ExportFileError('an array is read from a file only, not from a pipe');
  const realms: RealmAt[] = [];
  // An id shows that a second record has begun, in a realm, a user or a row of a table.
  for await (const { value, keys } of valuesIn(chunks, ['$.*.realm', '$.*.id', '$.*.user_id'])) {
    const [index, member] = keys;
    if (member === 'realm' && typeof value === 'string') realms.push({ index: Number(index), name: value });
    else if (realms.length === 0 && Number(index) > 0) break;
  }
  return realms;
}

/** Keeps the digits of an integer that a double cannot hold, as `parseExactJson` does. */
class ExactTokenizer extends Tokenizer {
  override parseNumber(digits: string): number {
    const value = Number(digits);
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? (digits as unknown as number) : value;
  }
}

async function* valuesIn(chunks: AsyncIterable<Buffer>, paths: readonly string[]): AsyncGenerator<Found> {
  const tokenizer = new ExactTokenizer();
  const parser = new TokenParser({ paths: [...paths], keepStack: false });
  tokenizer.onToken = (token) => parser.write(token);
  tokenizer.onEnd = () => {
    if (!parser.isEnded) parser.end();
  };
  parser.onEnd = () => {
    if (!tokenizer.isEnded) tokenizer.end();
  };
  let found: Found[] = [];
  parser.onValue = ({ value, key, stack }) =>
    found.push({ value, keys: [...stack.slice(1).map((one) => one.key), key] });
  for await (const chunk of chunks) {
    asJson(() => tokenizer.write(chunk));
    yield* found;
    found = [];
  }
  asJson(() => {
    if (!tokenizer.isEnded) tokenizer.end();
  });
}

function asJson(step: () => void): void {
  try {
    step();
  } catch (cause) {
    throw new ExportFileError('the file is not JSON, or ends in the middle', { cause });
  }
}
