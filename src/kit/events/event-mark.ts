import { hash, timingSafeEqual } from 'node:crypto';
import type { Keyring } from '../keys/keyring.ts';
import { contentOf, type EventContent } from './event-content.ts';

/**
 * The code that a process writes with each event. A row that is inserted or changed by a writer of the database without the
 * keys has no valid one. It does not cover `at`, which the database sets.
 */
export interface EventMark {
  of(event: EventContent): Uint8Array<ArrayBuffer>;
  /** Returns whether the mark is of one of the configured keys. */
  proves(event: EventContent, mark: Uint8Array): boolean;
}

/** Bytes. */
const length = 16;

export function createEventMark(keyring: Pick<Keyring, 'derive'>): EventMark {
  const read = () => keyring.derive('audit event').map(hmacKeyOf);
  let keys = read();
  const codeOf = (key: HmacKey, text: string) => hmac(key, text).subarray(0, length);
  const isOf = (text: string, mark: Uint8Array) =>
    keys.some((key) => timingSafeEqual(codeOf(key, text), mark));
  return {
    of: (event) => new Uint8Array(codeOf(keys[0] ?? hmacKeyOf(Buffer.alloc(0)), contentOf(event))),
    proves(event, mark) {
      if (mark.length !== length) return false;
      const text = contentOf(event);
      if (isOf(text, mark)) return true;
      // The keys of a key service come and go.
      keys = read();
      return isOf(text, mark);
    },
  };
}

/** The key of an HMAC, as the first block of its inner and of its outer hash. */
interface HmacKey {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

/** Bytes. */
const block = 64;

function hmacKeyOf(key: Buffer): HmacKey {
  const padded = Buffer.alloc(block);
  key.copy(padded);
  return { inner: padded.map((byte) => byte ^ 0x36), outer: padded.map((byte) => byte ^ 0x5c) } as HmacKey;
}

/**
 * Returns the HMAC-SHA-256 (RFC 2104). Each retrieval writes an event, and two one-shot hashes take a fraction of the time of
 * Node's `createHmac`, which makes a stream and a key object for each.
 */
function hmac({ inner, outer }: HmacKey, text: string): Buffer {
  const first = hash('sha256', Buffer.concat([inner, Buffer.from(text, 'utf8')]), 'buffer');
  return hash('sha256', Buffer.concat([outer, first]), 'buffer');
}
