import { createDecipheriv } from 'node:crypto';
import { z } from 'zod';
import { Secret } from '../../kit/secret.ts';
import type { Open } from '../exported-user.ts';
import { UnusableSecretError } from '../opener.ts';

/** Bytes: as PostgreSQL writes a `bytea` column in JSON (`\x…`), or base64. */
const bytes = z
  .string()
  .transform((text) =>
    text.startsWith('\\x') ? Buffer.from(text.slice(2), 'hex') : Buffer.from(text, 'base64'),
  );

/** A row of `secrets`: the ciphertext, and its key encrypted with the key of the vault. */
const row = z.object({ encryptedDek: bytes, iv: bytes, authTag: bytes, ciphertext: bytes });

/** Bytes of AES-256-GCM. */
const [keyLength, ivLength, tagLength] = [32, 12, 16];

/**
 * Returns the opener of the secret vault (Logto 1.42, `utils/secret-encryption.ts`). The text is `SECRET_VAULT_KEK`; of
 * several, one a line. @throws UnusableSecretError
 */
export function openLogtoSecrets(secret: Secret): Open {
  const keys = secret.reveal().trim().split(/\s+/).map(keyOf);
  return (sealed) => {
    const { data } = row.safeParse(sealed);
    const text = data && keys.map((key) => decrypted(key, data)).find((one) => one !== undefined);
    return text === undefined ? { unopened: 'the key does not open it' } : { text: new Secret(text) };
  };
}

function keyOf(text: string): Buffer {
  const key = Buffer.from(text, 'base64');
  if (key.length !== keyLength) throw new UnusableSecretError('a SECRET_VAULT_KEK is 32 bytes in base64');
  return key;
}

/** Returns the text; undefined: the key is another, or the bytes were changed. */
function decrypted(kek: Buffer, { encryptedDek, iv, authTag, ciphertext }: z.infer<typeof row>) {
  try {
    const dek = opened(kek, {
      iv: encryptedDek.subarray(0, ivLength),
      tag: encryptedDek.subarray(-tagLength),
      text: encryptedDek.subarray(ivLength, -tagLength),
    });
    return opened(dek, { iv, tag: authTag, text: ciphertext }).toString('utf8');
  } catch {
    return undefined;
  }
}

function opened(key: Buffer, { iv, tag, text }: { iv: Buffer; tag: Buffer; text: Buffer }): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagLength });
  decipher.setAuthTag(tag);
  return Buffer.concat([decipher.update(text), decipher.final()]);
}
