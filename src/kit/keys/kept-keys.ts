import { monotonic, seconds } from '../clock.ts';
import type { Logger } from '../log.ts';
import { createSingleFlight } from '../single-flight.ts';
import type { IntermediateKeyStore, StoredIntermediateKey } from './intermediate-key-store.ts';
import { announced, createIntermediateKeys, probeInterval, sealingLife } from './intermediate-keys.ts';
import type { EncryptionKey, LiveKeyring } from './keyring.ts';
import { type Kms, KmsError, type KmsName, wordsOf } from './kms/kms.ts';
import { type WrapCounts, wrapLimits } from './wrap-counts.ts';

/** Keeps the intermediate keys of a process: takes one over at the start, meets those of others, and replaces its own in time. */
export interface KeptKeys {
  /**
   * Opens the keys that a start needs: one that seals, those in use, and those from which cookies are derived.
   * @throws KmsError when the service of the key that seals cannot be used
   */
  open(settingKeys: readonly EncryptionKey[], inUse: readonly string[]): Promise<void>;
  /** Gets a key that another process has made. Never rejects, and asks for an unknown key at most every five seconds. */
  learn(keyId: string): Promise<void>;
  /** Meets new keys of other processes, replaces the own key when it is due, and probes the service now and then. */
  round(): Promise<void>;
  /** Returns the last failure of a key that could not be unwrapped. */
  failureOf(keyId: string): KmsError | undefined;
  /** Returns whether the service of the key that seals answered the last call; undefined: none is configured. */
  answers(): boolean | undefined;
  /** Returns the intermediate keys that seal: those that any process uses now for new values, and the others. */
  roles(): Promise<ReadonlyMap<string, 'sealing' | 'opening'>>;
  /** Wraps all stored keys of configured services anew. Returns the ids of those that failed. */
  rewrap(): Promise<{ readonly moved: number; readonly failed: ReadonlyMap<string, string> }>;
}

export interface KeptKeysDeps {
  readonly store: IntermediateKeyStore;
  readonly services: readonly Kms[];
  /** The service whose keys seal new values; undefined: the keys of the settings do. */
  readonly sealing: KmsName | undefined;
  readonly counts: Pick<WrapCounts, 'known'>;
  readonly keyring: () => LiveKeyring;
  readonly log: Pick<Logger, 'warn' | 'error' | 'info'>;
}

/** Milliseconds for which an unknown key is not asked for again. */
const unknownFor = seconds(5);

export function createKeptKeys(deps: KeptKeysDeps): KeptKeys {
  const { store, services, counts, keyring, log } = deps;
  const intermediate = createIntermediateKeys(store, services);
  const sealing = services.find(({ name }) => name === deps.sealing);
  const share = createSingleFlight<void>();
  const failures = new Map<string, KmsError>();
  const triedAt = new Map<string, number>();
  let answering = true;
  let probedAt = monotonic();

  /** Adds a stored key to the ring. A failure is noted and logged. */
  const meet = (stored: StoredIntermediateKey): Promise<void> =>
    share(stored.id, async () => {
      if (keyring().has(stored.id)) return;
      triedAt.set(stored.id, monotonic());
      try {
        keyring().add(await intermediate.unwrap(stored));
        failures.delete(stored.id);
      } catch (error) {
        const failure = error instanceof KmsError ? error : new KmsError('retry', wordsOf(error));
        failures.set(stored.id, failure);
        log.error({ key: stored.id }, failure.message);
      }
    });

  const triedLately = (id: string) =>
    monotonic() - (triedAt.get(id) ?? Number.NEGATIVE_INFINITY) < unknownFor;

  /** Takes over the newest key that the service unwraps. A row that it refuses is left alone. */
  const takeOver = async (kms: Kms, rows: readonly StoredIntermediateKey[]) => {
    for (const stored of intermediate.young(kms, rows)) {
      await meet(stored);
      const failure = failures.get(stored.id);
      if (!failure) return stored.id;
      if (failure.failure === 'retry') throw failure;
    }
    const made = await intermediate.make(kms, 'seal');
    keyring().add(made);
    return made.id;
  };

  /** Replaces the key that seals when it is old, much used, or given up. */
  const replaceWhenDue = async (kms: Kms, rows: readonly StoredIntermediateKey[]) => {
    const id = keyring().currentKeyId;
    const current = rows.find((row) => row.id === id);
    const used = counts.known(id) >= wrapLimits.alarm;
    if (current && !current.retired && current.age < sealingLife && !used) return;
    const next = intermediate.young(kms, rows).find((row) => row.id !== id);
    if (!next && current) {
      keyring().add(await intermediate.make(kms, 'seal'));
      return;
    }
    if (next && current && next.age < announced) return;
    keyring().sealWith(
      await takeOver(
        kms,
        rows.filter((row) => row.id !== id),
      ),
    );
    if (current) await store.retire(id);
    log.info({ key: keyring().currentKeyId, instead: id }, 'another intermediate key seals from now on');
  };

  const probe = async (rows: readonly StoredIntermediateKey[]) => {
    const current = rows.find(({ id }) => id === keyring().currentKeyId);
    if (!current || monotonic() - probedAt < probeInterval) return;
    probedAt = monotonic();
    await intermediate.unwrap(current);
  };

  return {
    async open(settingKeys, inUse) {
      if (services.length === 0) return;
      const rows = await store.all();
      const derived = new Map<string, EncryptionKey>();
      for (const kms of services) derived.set(kms.name, await intermediate.derivation(kms));
      const own = sealing && derived.get(sealing.name);
      const others = [...derived.values()].filter((key) => key !== own);
      keyring().deriveFrom([...(own ? [own] : []), ...settingKeys, ...others]);
      if (sealing) keyring().sealWith(await takeOver(sealing, rows));
      await Promise.all(rows.filter(({ id }) => inUse.includes(id)).map(meet));
    },
    async learn(keyId) {
      if (services.length === 0 || triedLately(keyId)) return;
      triedAt.set(keyId, monotonic());
      try {
        const stored = await store.find(keyId);
        if (stored) await meet(stored);
      } catch (error) {
        log.warn({ err: error, key: keyId }, 'an intermediate key cannot be read');
      }
      for (const [id, at] of triedAt) if (monotonic() - at > unknownFor) triedAt.delete(id);
    },
    async round() {
      if (services.length === 0) return;
      const rows = await store.all();
      const unknown = rows.filter(({ id, purpose, retired, provider }) => {
        const configured = services.some(({ name }) => name === provider);
        return configured && purpose === 'seal' && !retired && !keyring().has(id) && !failedLately(id);
      });
      await Promise.all(unknown.map(meet));
      if (!sealing) return;
      try {
        await replaceWhenDue(sealing, rows);
        await probe(rows);
        answering = true;
      } catch (error) {
        answering = false;
        throw error;
      }
    },
    failureOf: (keyId) => failures.get(keyId),
    answers: () => (sealing ? answering : undefined),
    async roles() {
      const rows = await store.all();
      const inUse = new Set(sealing ? intermediate.young(sealing, rows).map(({ id }) => id) : []);
      const seals = rows.filter(({ purpose }) => purpose === 'seal');
      return new Map(seals.map(({ id }) => [id, inUse.has(id) ? 'sealing' : 'opening']));
    },
    async rewrap() {
      let moved = 0;
      const failed = new Map<string, string>();
      for (const stored of await store.all()) {
        if (!services.some(({ name }) => name === stored.provider)) continue;
        try {
          if (await intermediate.rewrap(stored)) moved += 1;
        } catch (error) {
          failed.set(stored.id, wordsOf(error));
        }
      }
      return { moved, failed };
    },
  };

  function failedLately(id: string): boolean {
    return failures.has(id) && monotonic() - (triedAt.get(id) ?? 0) < seconds(60);
  }
}
