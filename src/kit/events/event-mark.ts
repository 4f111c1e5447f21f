import { createHmac, timingSafeEqual } from 'node:crypto';
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
  let keys = keyring.derive('audit event');
  const codeOf = (key: Buffer, text: string) =>
    createHmac('sha256', key).update(text).digest().subarray(0, length);
  const isOf = (text: string, mark: Uint8Array) =>
    keys.some((key) => timingSafeEqual(codeOf(key, text), mark));
  return {
    of: (event) => new Uint8Array(codeOf(keys[0] ?? Buffer.alloc(0), contentOf(event))),
    proves(event, mark) {
      if (mark.length !== length) return false;
      const text = contentOf(event);
      if (isOf(text, mark)) return true;
      // The keys of a key service come and go.
      keys = keyring.derive('audit event');
      return isOf(text, mark);
    },
  };
}
