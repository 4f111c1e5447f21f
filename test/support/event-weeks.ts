import { randomBytes } from 'node:crypto';
import { idOfBytes } from '../../src/kit/ids.ts';

/** Returns an event id of a time, as a machine makes it. `seed`: ends the id in words of a test. */
export function idAt(time: number, seed?: string): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(time, 0, 6);
  // Version 7 and the variant of a UUID.
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  if (seed) bytes.write(seed.slice(0, 6), 10, 'latin1');
  return idOfBytes('evt', bytes);
}
