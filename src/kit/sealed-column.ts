import { type Keyring, UnreadableError } from './keyring.ts';

// For a sealed value that lives in one bytea column: version, key id and wrapped key stand before the ciphertext.
const layoutVersion = 1;
const wrappedKeyLength = 60;

/** Seals a value into one column's bytes. */
export function sealColumn(keyring: Keyring, plaintext: string, context: string): Uint8Array<ArrayBuffer> {
  const { keyId, wrappedKey, ciphertext } = keyring.seal(plaintext, context);
  const id = Buffer.from(keyId, 'utf8');
  return new Uint8Array(Buffer.concat([Buffer.from([layoutVersion, id.length]), id, wrappedKey, ciphertext]));
}

/** @throws UnreadableError when the bytes are not what `sealColumn` made for this context. */
export function openColumn(keyring: Keyring, column: Uint8Array, context: string): string {
  const [version, idLength] = column;
  if (version !== layoutVersion || idLength === undefined) throw new UnreadableError('not a sealed column');
  const keyStart = 2 + idLength;
  const textStart = keyStart + wrappedKeyLength;
  return keyring.open(
    {
      keyId: Buffer.from(column.subarray(2, keyStart)).toString('utf8'),
      wrappedKey: column.subarray(keyStart, textStart),
      ciphertext: column.subarray(textStart),
    },
    context,
  );
}
