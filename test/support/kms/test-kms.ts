import { randomBytes } from 'node:crypto';
import { decrypt, encrypt } from '../../../src/kit/keys/aes-box.ts';
import { type Kms, KmsError } from '../../../src/kit/keys/kms/kms.ts';

/** A key management service in memory. */
export interface TestKms extends Kms {
  /** The calls so far, `wrap NAME` or `unwrap NAME`. */
  readonly calls: string[];
  /** `down`: it does not answer. `refusing`: it answers that its key is disabled. */
  state: 'up' | 'down' | 'refusing';
  /** Adds a version to the first key. Older versions unwrap. */
  rotate(): void;
  /** The same service for another process, which may name other keys. */
  elsewhere(keys?: Kms['keys']): TestKms;
}

export function createTestKms(
  name: Kms['name'] = 'aws-kms',
  keys: Kms['keys'] = ['first'],
  versions: Map<string, Buffer[]> = new Map(),
): TestKms {
  const of = (key: string) => {
    const known = versions.get(key) ?? [randomBytes(32)];
    versions.set(key, known);
    return known;
  };
  const kms: TestKms = {
    name,
    setting: 'AWS_KMS_KEY',
    keys,
    calls: [],
    state: 'up',
    rotate: () => void of(keys[0]).unshift(randomBytes(32)),
    elsewhere: (others = keys) => createTestKms(name, others, versions),
    async wrap(key, plaintext, context) {
      answer('wrap', key);
      return encrypt(of(key)[0] ?? Buffer.alloc(32), plaintext, context);
    },
    async unwrap(key, wrapped, context) {
      answer('unwrap', key);
      for (const version of of(key)) {
        try {
          return decrypt(version, wrapped, context);
        } catch {}
      }
      throw new KmsError('refused', 'InvalidCiphertextException');
    },
  };
  function answer(call: string, key: string): void {
    kms.calls.push(`${call} ${key}`);
    if (kms.state === 'down') throw new KmsError('retry', 'no answer');
    if (kms.state === 'refusing') throw new KmsError('refused', 'DisabledException: the key is disabled');
  }
  return kms;
}
