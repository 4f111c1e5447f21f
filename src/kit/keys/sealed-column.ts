import { boxOverhead } from './aes-box.ts';
import { type Keyring, type Sealed, UnreadableError, type WrappedKey } from './keyring.ts';

// A sealed value in one bytea column: version, key id, wrapped key, ciphertext.
const layoutVersion = 1;
const wrappedKeyLength = 32 + boxOverhead;

/** Returns the SQL for the key id of a sealed column. Key ids are ASCII, so they need no escape. */
export const keyIdOf = (column: string): string =>
  `CASE WHEN length(${column}) > 2 THEN encode(substr(${column}, 3, get_byte(${column}, 1)), 'escape') ELSE '' END`;

/** Returns the bytes of a column for a value. */
export function sealColumn(keyring: Keyring, plaintext: string, context: string): Uint8Array<ArrayBuffer> {
  return written(keyring.seal(plaintext, context));
}

/** Returns the value. @throws UnreadableError when `sealColumn` did not make the bytes for this context */
export function openColumn(keyring: Keyring, column: Uint8Array, context: string): string {
  return keyring.open(read(column), context);
}

/** Returns the wrapped data key of a column; for malformed bytes, a key that no keyring unwraps. */
export function wrappedIn(column: Uint8Array): WrappedKey {
  if (column[0] !== layoutVersion) return { keyId: '', wrappedKey: column };
  const { keyId, wrappedKey } = read(column);
  return { keyId, wrappedKey };
}

/** Waits for intermediate keys of other processes that the columns need. Known keys cost nothing. */
export async function learnKeys(
  keyring: Pick<Keyring, 'has' | 'learn'>,
  columns: readonly (Uint8Array | null | undefined)[],
): Promise<void> {
  const ids = columns.flatMap((column) => (column ? wrappedIn(column).keyId : []));
  const unknown = ids.filter((id) => id !== '' && !keyring.has(id));
  if (unknown.length > 0) await Promise.all([...new Set(unknown)].map((id) => keyring.learn(id)));
}

/** Returns the column with its data key wrapped anew. The ciphertext stays. */
export function withWrapped(column: Uint8Array, wrapped: WrappedKey): Uint8Array<ArrayBuffer> {
  return written({ ...read(column), ...wrapped });
}

function written({ keyId, wrappedKey, ciphertext }: Sealed): Uint8Array<ArrayBuffer> {
  const id = Buffer.from(keyId, 'utf8');
  return new Uint8Array(Buffer.concat([Buffer.from([layoutVersion, id.length]), id, wrappedKey, ciphertext]));
}

function read(column: Uint8Array): Sealed {
  const [version, idLength] = column;
  if (version !== layoutVersion || idLength === undefined) throw new UnreadableError('not a sealed column');
  const keyStart = 2 + idLength;
  const textStart = keyStart + wrappedKeyLength;
  return {
    keyId: Buffer.from(column.subarray(2, keyStart)).toString('utf8'),
    wrappedKey: column.subarray(keyStart, textStart),
    ciphertext: column.subarray(textStart),
  };
}
