import type pg from 'pg';
import { type Config, ConfigError } from '../config.ts';
import { createIntermediateKeyStore } from '../kit/keys/intermediate-key-store.ts';
import { createKeptKeys, type KeptKeys } from '../kit/keys/kept-keys.ts';
import { KeyListError } from '../kit/keys/key-provider.ts';
import { createKeyring, type EncryptionKey, type LiveKeyring } from '../kit/keys/keyring.ts';
import { KmsError } from '../kit/keys/kms/kms.ts';
import type { LastingRows } from '../kit/keys/sealed-rows.ts';
import { createWrapCountStore } from '../kit/keys/wrap-count-store.ts';
import { createWrapCounts, type WrapCounts, wrapLimits } from '../kit/keys/wrap-counts.ts';
import { createLog, type Logger } from '../kit/log.ts';

/** The keyring of a process, and the parts that keep it up to date. */
export interface OpenKeys {
  readonly keyring: LiveKeyring;
  readonly keptKeys: KeptKeys;
  readonly wrapCounts: WrapCounts;
}

export interface OpenKeysDeps {
  readonly pool: pg.Pool;
  readonly settingKeys: readonly EncryptionKey[];
  readonly lasting: readonly LastingRows[];
  readonly log?: Logger | undefined;
}

/** Returns the keys of the settings. @throws ConfigError */
export async function loadKeys({ keys }: Config): Promise<readonly EncryptionKey[]> {
  try {
    return await keys.load();
  } catch (error) {
    if (error instanceof KeyListError) throw new ConfigError(`${keys.setting}: ${error.message}`);
    throw error;
  }
}

/** Opens the intermediate keys that a process needs. @throws ConfigError naming the setting to change */
export async function openKeys(
  { keys, kms }: Config,
  { pool, settingKeys, lasting, log = createLog('warn', process.stderr) }: OpenKeysDeps,
): Promise<OpenKeys> {
  const wrapCounts = createWrapCounts(createWrapCountStore(pool));
  const store = createIntermediateKeyStore(pool);
  const keptKeys = createKeptKeys({ ...kms, store, counts: wrapCounts, keyring: () => keyring, log });
  const { learn } = keptKeys;
  const keyring = createKeyring(settingKeys, { countWrap: wrapCounts.count, learn });

  const counts = await wrapCounts.read();
  const inUse = kms.services.length > 0 ? await Promise.all(lasting.map((rows) => rows.keysInUse())) : [];
  try {
    await keptKeys.open(settingKeys, inUse.flat());
  } catch (error) {
    throw error instanceof KmsError ? new ConfigError(error.message, { cause: error }) : error;
  }
  const used = counts.get(keyring.currentKeyId) ?? 0;
  if (used >= wrapLimits.refused)
    throw new ConfigError(
      `${keys.setting}: key ${keyring.currentKeyId} has sealed 2^32 values; put a new key first, from \`symbolon keys generate\``,
    );
  return { keyring, keptKeys, wrapCounts };
}
