import { randomBytes } from 'node:crypto';
import { decrypt, encrypt } from '../../../src/kit/keys/aes-box.ts';

/** A request to a stand-in of a cloud. */
export interface Asked {
  readonly method: string;
  /** The host that the client believes to reach. */
  readonly host: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** `throttling`: the next two requests are refused for their rate. `refusing`: the key is disabled. */
export type Mood = 'well' | 'throttling' | 'refusing' | 'down';

export interface StandIn {
  mood: Mood;
  /** The operations that were carried out. */
  readonly done: string[];
  /** Requests whose signature or token was wrong. */
  forged: number;
  /** Adds a version to the key. */
  rotate(): void;
  answer(asked: Asked): Answer | Promise<Answer>;
}

/** The symmetric key of a service, with its versions. */
export function createVersionedKey() {
  const versions = [randomBytes(32)];
  return {
    rotate: () => void versions.push(randomBytes(32)),
    seal(plaintext: Buffer, context: string): Buffer {
      const version = versions.length;
      const box = encrypt(versions[version - 1] ?? Buffer.alloc(32), plaintext, context);
      return Buffer.concat([Buffer.from([version]), box]);
    },
    /** Returns undefined when the bytes or the context are wrong. */
    open(bytes: Buffer, context: string): Buffer | undefined {
      const version = versions[(bytes[0] ?? 0) - 1];
      try {
        return version && decrypt(version, bytes.subarray(1), context);
      } catch {
        return undefined;
      }
    },
    version: () => versions.length,
  };
}

/** Counts the requests that are still to be refused for their rate. */
export function createThrottle() {
  let left = 0;
  return (standIn: StandIn): boolean => {
    if (standIn.mood !== 'throttling') return false;
    left = left === 0 ? 2 : left - 1;
    if (left === 0) standIn.mood = 'well';
    return left > 0;
  };
}
