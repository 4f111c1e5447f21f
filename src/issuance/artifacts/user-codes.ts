import { createHmac } from 'node:crypto';
import { openWithToken, sealWithToken } from './seal-with-token.ts';

/**
 * The codes that people enter for a device (RFC 8628), as the table stores them. A code is too short for a plain hash, so its hash
 * has a key of the broker. The device code, which oidc-provider needs to write the artifact again, is sealed under both.
 */
export interface UserCodes {
  /** Returns the stored form of a code; a stored form stays. `id` is the device code. */
  stored(code: string, id: string): string;
  /** Returns the names under which an artifact with this code can be found, one for each key. */
  names(code: string): readonly UserCodeName[];
}

export interface UserCodeName {
  /** The value of the column `uid`. */
  readonly uid: string;
  /** Returns the device code. */
  idIn(stored: string): string;
}

const separator = '.';
const mark = '#';

/** The first key makes the hashes. The others find those from before a change of keys. */
export function createUserCodes(keys: readonly Buffer[]): UserCodes {
  const mac = (key: Buffer, purpose: string, code: string) =>
    createHmac('sha256', key).update(`${purpose} ${code}`).digest('base64url');
  const [current] = keys;
  if (!current) throw new Error('user codes need a key');
  return {
    stored(code, id) {
      if (code.startsWith(mark)) return code;
      const sealed = Buffer.from(sealWithToken(mac(current, 'seal', code), id)).toString('base64url');
      return `${mark}${mac(current, 'name', code)}${separator}${sealed}`;
    },
    names: (code) =>
      keys.map((key) => ({
        uid: mac(key, 'name', code),
        idIn(stored) {
          const [, sealed = ''] = stored.split(separator);
          return openWithToken(mac(key, 'seal', code), Buffer.from(sealed, 'base64url'));
        },
      })),
  };
}

/** Returns the name in a stored code. */
export function nameIn(stored: string): string {
  return stored.slice(mark.length).split(separator)[0] ?? '';
}
