import { hash, randomBytes } from 'node:crypto';
import { TypeID, typeid } from 'typeid-js';

export type IdPrefix =
  | 'iky'
  | 'usr'
  | 'idn'
  | 'con'
  | 'app'
  | 'api'
  | 'key'
  | 'evt'
  | 'req'
  | 'dep'
  | 'whk'
  | 'lgo'
  | 'adt'
  | 'inv'
  | 'apv'
  | 'apr'
  | 'job';

/** Returns a new TypeID: `usr_` and 26 characters, sortable by creation time. */
export function newId(prefix: IdPrefix): string {
  return typeid(prefix).toString();
}

/** Returns the creation time of a TypeID, by the clock of the machine that made it; undefined for another string. */
export function timeOf(id: string): Date | undefined {
  try {
    const uuid = TypeID.fromString(id).toUUID();
    return new Date(Number.parseInt(uuid.replace('-', '').slice(0, 12), 16));
  } catch {
    return undefined;
  }
}

/** Returns the smallest TypeID of a moment, or of the nearest one that an id can have. */
export function firstIdAt(prefix: IdPrefix, moment: Date): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(Math.min(Math.max(moment.getTime(), 0), 2 ** 48 - 1), 0, 6);
  return TypeID.fromUUIDBytes(prefix, bytes).toString();
}

/** Returns the moment of an id that `firstIdAt`, or its like in SQL, has made; undefined for another string. */
export function timeOfBound(prefix: IdPrefix, bound: string): Date | undefined {
  const bytes = bytesOf(prefix, bound);
  return bytes && new Date(Buffer.from(bytes).readUIntBE(0, 6));
}

/** Returns whether a string has the shape of an id of this kind. A row with the id may not exist. */
export function isId(prefix: IdPrefix, value: string): boolean {
  return new RegExp(`^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`).test(value);
}

/** Returns 256 random bits in letters and digits only (WeChat's rule for `state`). */
export function newHandle(): string {
  return randomBytes(32).toString('hex');
}

/** Returns 256 random bits in base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Returns the hash under which a random value is stored, so that a reader of the table cannot use the value. */
export function hashOf(value: string): string {
  return hash('sha256', value, 'base64url');
}

/** Returns the 16 bytes of a TypeID of this kind; undefined for another string. */
export function bytesOf(prefix: IdPrefix, id: string): Uint8Array | undefined {
  return isId(prefix, id) ? TypeID.fromString(id).toUUIDBytes() : undefined;
}

/** Returns the TypeID with these 16 bytes. */
export function idOfBytes(prefix: IdPrefix, bytes: Uint8Array): string {
  return TypeID.fromUUIDBytes(prefix, bytes).toString();
}
