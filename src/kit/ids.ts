import { hash, randomBytes } from 'node:crypto';
import { TypeID, typeid } from 'typeid-js';

export type IdPrefix = 'usr' | 'idn' | 'con' | 'app' | 'api' | 'key' | 'evt' | 'req' | 'dep' | 'whk' | 'lgo';

/** A new TypeID: `usr_` and 26 characters, sortable by time of making. */
export function newId(prefix: IdPrefix): string {
  return typeid(prefix).toString();
}

/** When an id was made, by the clock of the machine that made it; undefined for what is no TypeID. */
export function timeOf(id: string): Date | undefined {
  try {
    const uuid = TypeID.fromString(id).toUUID();
    return new Date(Number.parseInt(uuid.replace('-', '').slice(0, 12), 16));
  } catch {
    return undefined;
  }
}

/** Whether a string has the shape of an id of this kind. Says nothing about its existence. */
export function isId(prefix: IdPrefix, value: string): boolean {
  return new RegExp(`^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`).test(value);
}

/** Unguessable, letters and digits only (WeChat's rule for `state`), 256 bits. */
export function newHandle(): string {
  return randomBytes(32).toString('hex');
}

/** Unguessable and short to write: base64url of 256 bits. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** How an unguessable value is kept: whoever reads the table cannot use it. */
export function hashOf(value: string): string {
  return hash('sha256', value, 'base64url');
}
