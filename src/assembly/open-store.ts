import path from 'node:path';
import { type Config, ConfigError } from '../config.ts';
import { createSigningKeySeals } from '../issuance/keys/signing-key-seals-store.ts';
import { systemClock } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import { createDatabaseClock, type DatabaseClock } from '../kit/database/database-clock.ts';
import { openDatabase } from '../kit/database/open-database.ts';
import { UnfitDatabase } from '../kit/database/unfit-database.ts';
import { inWords, takeCensus } from '../kit/keys/key-census.ts';
import { KeyListError } from '../kit/keys/key-provider.ts';
import { createKeyring, type Keyring } from '../kit/keys/keyring.ts';
import type { LastingRows, SealedRows } from '../kit/keys/sealed-rows.ts';
import {
  createAttemptSeals,
  createClientSecretSeals,
  createOptionSecretSeals,
} from '../login/seals-store.ts';
import { createEntrySeals } from '../vault/rewrap-store.ts';
import {
  createDepartedConnectionSeals,
  createDepartureSeals,
} from '../vault/upstream-revocation/departure-seals-store.ts';
import { createSigningSecretSeals } from '../webhooks/signing-secrets-seals-store.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';

/** The database, up to date, and the keys to what is sealed in it. */
export interface OpenStore {
  readonly database: Database;
  readonly keyring: Keyring;
  /** The database's: what processes write is dated and compared by one clock, whatever their machines say. */
  readonly clock: DatabaseClock;
  /** Names of the migrations that were due. */
  readonly applied: readonly string[];
  /** Further notes on the database for the operator. */
  readonly notes: readonly string[];
  readonly sealed: {
    readonly lasting: readonly LastingRows[];
    /** Not moved to another key: they end soon. */
    readonly passing: readonly SealedRows[];
  };
}

export interface StoreOptions {
  /** A command's statements may take their time; a broker has other requests to answer. */
  readonly command?: boolean;
  /** Also finishes a migration that is half applied. */
  readonly resolve?: boolean | undefined;
  /** Told of a connection lost while idle; the pool replaces it. */
  readonly onIdleError?: ((error: Error) => void) | undefined;
}

/** What is opened closes with `opened`. @throws ConfigError naming the setting to mend, or the keys to add. */
export async function openStore(
  config: Config,
  opened: AsyncDisposableStack,
  options?: StoreOptions,
): Promise<OpenStore> {
  const store = await openUncheckedStore(config, opened, options);
  const uses = await takeCensus(store.keyring, store.sealed.lasting);
  const missing = uses.filter(({ standing }) => standing === 'missing');
  if (missing.length === 0) return store;
  const lines = missing.map(
    ({ id, seals }) =>
      `${config.keys.setting}: key ${JSON.stringify(id)} is missing: it seals ${inWords(seals)}`,
  );
  throw new ConfigError(lines.join('\n'));
}

/** Also when keys are missing: for those who want to know which. */
export async function openUncheckedStore(
  config: Config,
  opened: AsyncDisposableStack,
  { command = false, resolve, onIdleError }: StoreOptions = {},
): Promise<OpenStore> {
  const keyring = createKeyring(await loadKeys(config));
  const embedded = config.databaseUrl === undefined;
  const url = config.databaseUrl ?? (await startEmbedded(config, opened));
  const { database, applied, notes } = await explained(() =>
    openDatabase({
      url,
      directUrl: config.directDatabaseUrl,
      poolSize: config.databasePool,
      embedded,
      resolve,
      ...(onIdleError && { onIdleError }),
      ...(command && { longest: Number.POSITIVE_INFINITY }),
    }),
  );
  opened.defer(() => database.close());
  const { pool } = database;
  const sealed = {
    lasting: [
      createEntrySeals(pool),
      createDepartureSeals(pool),
      createDepartedConnectionSeals(pool),
      createClientSecretSeals(pool),
      createOptionSecretSeals(pool),
      createSigningKeySeals(pool),
      createSigningSecretSeals(pool),
    ],
    passing: [createAttemptSeals(pool)],
  };
  const clock = await createDatabaseClock(pool, systemClock);
  return { database, keyring, clock, applied, notes, sealed };
}

/** Why a database will not do is for the operator to read. @throws ConfigError */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof UnfitDatabase ? new ConfigError(error.message) : error;
  }
}

async function loadKeys({ keys }: Config) {
  try {
    return await keys.load();
  } catch (error) {
    if (error instanceof KeyListError) throw new ConfigError(`${keys.setting}: ${error.message}`);
    throw error;
  }
}

async function startEmbedded(config: Config, opened: AsyncDisposableStack): Promise<string> {
  const postgres = await startEmbeddedPostgres(path.join(config.dataDirectory, 'postgres'));
  opened.defer(() => postgres.stop());
  return postgres.url;
}
