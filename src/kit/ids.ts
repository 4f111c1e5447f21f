import { hash, randomBytes, randomFillSync } from 'node:crypto';
import { TypeID } from 'typeid-js';
import { systemClock } from './clock.ts';

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

/** Returns a new TypeID: `usr_` and 26 characters, sortable by creation time, also within a millisecond of this process. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${base32(nextUuid())}`;
}

// Each retrieval makes two ids. The library takes eight times as long, most of it for 16 random bytes at a time.
const random = Buffer.alloc(4096);
let unused = random.length;
const uuid = Buffer.alloc(16);
let lastMillisecond = 0;
/** Milliseconds by which the clock may go back without an id that sorts before the last one. */
const mostHeld = 1_000;
/** 32 bits that count up within a millisecond (RFC 9562 section 6.2, method 1). */
let counter = 0;

function randomAt(count: number): number {
  if (unused + count > random.length) {
    randomFillSync(random);
    unused = 0;
  }
  unused += count;
  return unused - count;
}

/** Returns a UUID of version 7 (RFC 9562 section 5.7), in bytes that the next call overwrites. */
function nextUuid(): Buffer {
  const millisecond = systemClock.now().getTime();
  // A clock that was set back by more than a little was wrong before. The ids tell when their rows were made.
  if (millisecond > lastMillisecond || millisecond < lastMillisecond - mostHeld) {
    lastMillisecond = millisecond;
    // Half of the range is left for counting.
    counter = random.readUInt32BE(randomAt(4)) >>> 1;
  } else {
    counter = (counter + 1) >>> 0;
    if (counter === 0) lastMillisecond += 1;
  }
  uuid.writeUIntBE(lastMillisecond, 0, 6);
  uuid.writeUInt16BE(0x7000 | (counter >>> 20), 6);
  uuid.writeUInt16BE(0x8000 | ((counter >>> 6) & 0x3fff), 8);
  const from = randomAt(6);
  random.copy(uuid, 10, from, from + 6);
  uuid[10] = ((counter & 0x3f) << 2) | ((uuid[10] ?? 0) & 0x03);
  return uuid;
}

const letters = '0123456789abcdefghjkmnpqrstvwxyz';

/** Returns 16 bytes in Crockford's base32, as TypeIDs have it: 26 characters, of which the first has three bits. */
function base32(bytes: Buffer): string {
  let text = '';
  let bits = 0;
  // 130 bits: two zeros come first.
  let held = 2;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    held += 8;
    while (held >= 5) {
      held -= 5;
      text += letters[(bits >>> held) & 31];
    }
    bits &= (1 << held) - 1;
  }
  return text;
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
  return value.startsWith(`${prefix}_`) && suffix.test(value.slice(prefix.length + 1));
}

const suffix = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

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
