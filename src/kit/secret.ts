import { createHash, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

/** A string that cannot be printed: logs, JSON, templates and errors show `[secret]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** Returns the plaintext. Each call needs a review. */
  reveal(): string {
    return this.#value;
  }

  /** Compares in constant time, even if the lengths differ. */
  equals(candidate: string): boolean {
    return timingSafeEqual(digest(this.#value), digest(candidate));
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
