import { randomBytes, timingSafeEqual } from 'node:crypto';
import { days, minutes, seconds } from '../clock.ts';
import { newId } from '../ids.ts';
import type { IntermediateKeyStore, StoredIntermediateKey } from './intermediate-key-store.ts';
import type { EncryptionKey } from './keyring.ts';
import { type Kms, KmsError, type KmsName, wordsOf } from './kms/kms.ts';

/** Seconds after which a key seals no new values. */
export const sealingLife = days(30) / 1000;
/**
 * Seconds for which a key that replaces another one is known to all processes before it seals. They read the table every
 * ten seconds.
 */
export const announced = 30;

type Purpose = StoredIntermediateKey['purpose'];

/** Returns the authenticated data of a wrapped intermediate key. */
const contextOf = (id: string, purpose: Purpose) => `symbolon:intermediate-key:${id}:${purpose}`;

/** The keys between a key management service and the data keys: made, wrapped and unwrapped here, stored wrapped. */
export interface IntermediateKeys {
  readonly services: readonly Kms[];
  /** Makes a key that the service has wrapped and unwrapped once, and stores it. @throws KmsError */
  make(kms: Kms, purpose: Purpose): Promise<Unwrapped>;
  /** @throws KmsError when its service refuses it, does not answer, or is not configured */
  unwrap(stored: StoredIntermediateKey): Promise<EncryptionKey>;
  /** Returns the stored keys that may seal new values, the newest first. */
  young(kms: Kms, rows: readonly StoredIntermediateKey[]): readonly StoredIntermediateKey[];
  /** Returns the key of a service from which cookies are derived, made at the first start. @throws KmsError */
  derivation(kms: Kms): Promise<EncryptionKey>;
  /** Has a service wrap a key again with the newest version of its configured key. Returns false if overtaken. */
  rewrap(stored: StoredIntermediateKey): Promise<boolean>;
}

export interface Unwrapped extends EncryptionKey {
  readonly provider: KmsName;
}

export function createIntermediateKeys(
  store: IntermediateKeyStore,
  services: readonly Kms[],
): IntermediateKeys {
  const byName = new Map(services.map((kms) => [kms.name, kms]));

  /** Wraps, and unwraps at once: bytes that do not open would cost everything that the key seals. */
  const wrapped = async (kms: Kms, { id, key }: EncryptionKey, purpose: Purpose) => {
    const context = contextOf(id, purpose);
    const [name] = kms.keys;
    const bytes = await explained(kms, () => kms.wrap(name, key, context));
    const back = await explained(kms, () => kms.unwrap(name, bytes, context));
    if (back.length !== key.length || !timingSafeEqual(back, key))
      throw new KmsError('refused', `${kms.setting}: ${name} returned other bytes than it wrapped`);
    return bytes;
  };

  const make = async (kms: Kms, purpose: Purpose, id: string = newId('iky')): Promise<Unwrapped> => {
    const key = randomBytes(32);
    const bytes = await wrapped(kms, { id, key }, purpose);
    await store.insert({ id, provider: kms.name, kmsKey: kms.keys[0], purpose, wrapped: bytes });
    return { id, key, provider: kms.name };
  };

  const unwrap = async ({ id, provider, kmsKey, purpose, wrapped: bytes }: StoredIntermediateKey) => {
    const kms = byName.get(provider);
    if (!kms)
      throw new KmsError('refused', `KEY_PROVIDER_ALSO: add ${provider}, which wrapped the key ${id}`);
    if (!kms.keys.includes(kmsKey))
      throw new KmsError(
        'refused',
        `${kms.setting}: the key ${id} was wrapped with ${kmsKey}; name that key too`,
      );
    const key = await explained(kms, () => kms.unwrap(kmsKey, bytes, contextOf(id, purpose)));
    if (key.length !== 32) throw new KmsError('refused', `${kms.setting}: the key ${id} has not 32 bytes`);
    return { id, key };
  };

  const derivationOf = async ({ name }: Kms) =>
    (await store.all()).find(({ provider, purpose }) => provider === name && purpose === 'derive');

  return {
    services,
    make,
    unwrap,
    young: (kms, rows) =>
      rows.filter(
        ({ purpose, provider, kmsKey, retired, age }) =>
          purpose === 'seal' &&
          provider === kms.name &&
          kmsKey === kms.keys[0] &&
          !retired &&
          age < sealingLife,
      ),
    async derivation(kms) {
      const stored = await derivationOf(kms);
      if (stored) return await unwrap(stored);
      // Processes that start together use the same id, so that one of them makes the key for all.
      const number = 1 + (await store.countEver(kms.name, 'derive'));
      await make(kms, 'derive', `derive.${kms.name}.${number}`);
      const first = await derivationOf(kms);
      if (!first) throw new Error('the key that was just stored is gone');
      return await unwrap(first);
    },
    async rewrap(stored) {
      const kms = byName.get(stored.provider);
      if (!kms) return false;
      const bytes = await wrapped(kms, await unwrap(stored), stored.purpose);
      return await store.rewrapped(stored, { kmsKey: kms.keys[0], wrapped: bytes });
    },
  };
}

/** Milliseconds: a start must not wait for a service without end. */
const longestCall = seconds(20);

/** Puts the setting to look at before the message. */
async function explained<T>(kms: Kms, call: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new KmsError('retry', 'the service does not answer')), longestCall);
  });
  try {
    return await Promise.race([call(), late]);
  } catch (error) {
    const failure = error instanceof KmsError ? error.failure : 'retry';
    throw new KmsError(failure, `${kms.setting}: ${wordsOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Milliseconds between two calls that only find out whether the service still unwraps. */
export const probeInterval = minutes(60);
