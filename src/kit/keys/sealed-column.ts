import { boxOverhead } from './aes-box.ts';
import { type Keyring, type Sealed, UnreadableError, type WrappedKey } from './keyring.ts';

// For a sealed value that lives in one bytea column: version, key id and wrapped key stand before the ciphertext.
const layoutVersion = 1;
const wrappedKeyLength = 32 + boxOverhead;

/** The key id of a sealed column in SQL. Key ids are ASCII, so that nothing is escaped. */
export const keyIdOf = (column: string): string =>
  `CASE WHEN length(${column}) > 2 THEN encode(substr(${column}, 3, get_byte(${column}, 1)), 'escape') ELSE '' END`;

/** Seals a value into one column's bytes. */
export function sealColumn(keyring: Keyring, plaintext: string, context: string): Uint8Array<ArrayBuffer> {
  return written(keyring.seal(plaintext, context));
}

/** @throws UnreadableError when the bytes are not what `sealColumn` made for this context. */
export function openColumn(keyring: Keyring, column: Uint8Array, context: string): string {
  return keyring.open(read(column), context);
}

/** The wrapped data key of a column; of bytes that are none, one that no keyring unwraps. */
export function wrappedIn(column: Uint8Array): WrappedKey {
  if (column[0] !== layoutVersion) return { keyId: '', wrappedKey: column };
  const { keyId, wrappedKey } = read(column);
  return { keyId, wrappedKey };
}

/** The same ciphertext behind another wrapping of its data key. */
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
