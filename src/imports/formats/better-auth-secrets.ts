import { createHash } from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { Secret } from '../../kit/secret.ts';
import type { Open } from '../exported-user.ts';
import { UnusableSecretError } from '../opener.ts';

/** A secret as the key that Better Auth derives from it. */
interface Key {
  /** Undefined: it has none, as `BETTER_AUTH_SECRET`. */
  readonly version: number | undefined;
  readonly bytes: Uint8Array;
}

/** `<version>:<secret>`, as in `BETTER_AUTH_SECRETS`. */
const versioned = /^(\d{1,9}):\s*(.+)$/;
/** The envelope of versioned secrets. Without it, the hexadecimal digits alone are the token. */
const envelope = /^\$ba\$(\d{1,9})\$(.*)$/s;
/** Bytes of XChaCha20-Poly1305. */
const [nonceLength, tagLength] = [24, 16];

/**
 * Returns the opener of `encryptOAuthTokens` (Better Auth 1.7.25, `crypto/index.mjs`). The text has one secret a line:
 * `BETTER_AUTH_SECRET`, or those of `BETTER_AUTH_SECRETS`. @throws UnusableSecretError
 */
export function openBetterAuthTokens(secrets: Secret): Open {
  const keys = secrets.reveal().split(/\r?\n/).flatMap(keysOf);
  if (keys.length === 0) throw new UnusableSecretError('it has no secret');
  return (sealed) => {
    const token = String(sealed);
    const [, version, inside] = envelope.exec(token) ?? [];
    // A token from before the versions was encrypted with any of them, or with a secret that never had one.
    const candidates = version === undefined ? keys : keys.filter((key) => key.version === Number(version));
    if (candidates.length === 0) return { unopened: `there is no secret of version ${Number(version)}` };
    const bytes = bytesOf(inside ?? token);
    const text = bytes && candidates.map((key) => decrypted(key, bytes)).find((one) => one !== undefined);
    return text === undefined ? { unopened: 'the secret does not open it' } : { text: new Secret(text) };
  };
}

function keysOf(line: string): readonly Key[] {
  const whole = line.trim();
  if (whole === '') return [];
  const parts = whole.split(',').map((part) => part.trim());
  const entries = parts.every((part) => versioned.test(part)) ? parts : [whole];
  return entries.flatMap((entry) => {
    const [, version, value] = versioned.exec(entry) ?? [];
    // A plain secret may look like a versioned one.
    const plain = { version: undefined, bytes: keyOf(entry) };
    return value === undefined ? [plain] : [{ version: Number(version), bytes: keyOf(value) }, plain];
  });
}

function keyOf(secret: string): Uint8Array {
  return createHash('sha256').update(secret, 'utf8').digest();
}

function bytesOf(hex: string): Uint8Array | undefined {
  if (!/^([0-9a-f]{2})+$/i.test(hex)) return undefined;
  const bytes = Buffer.from(hex, 'hex');
  return bytes.length > nonceLength + tagLength ? bytes : undefined;
}

/** Returns the text; undefined: the key is another, or the bytes were changed. */
function decrypted({ bytes: key }: Key, bytes: Uint8Array): string | undefined {
  try {
    const cipher = xchacha20poly1305(key, bytes.subarray(0, nonceLength));
    return new TextDecoder().decode(cipher.decrypt(bytes.subarray(nonceLength)));
  } catch {
    return undefined;
  }
}
