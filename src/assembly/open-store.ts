import path from 'node:path';
import type { DatabaseConfig } from '../config/database-settings.ts';
import { type Config, ConfigError } from '../config.ts';
import { systemClock } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import { createDatabaseClock, type DatabaseClock } from '../kit/database/database-clock.ts';
import { plaintextHost } from '../kit/database/database-session.ts';
import { openDatabase } from '../kit/database/open-database.ts';
import { UnfitDatabase } from '../kit/database/unfit-database.ts';
import { inWords, takeCensus } from '../kit/keys/key-census.ts';
import { UnreadableError } from '../kit/keys/keyring.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { Logger } from '../kit/log.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { loadKeys, type OpenKeys, openKeys } from './open-keys.ts';
import { openRowTags } from './row-tags.ts';
import { type SealedTables, sealedTables } from './sealed-tables.ts';

/** The migrated database, and the keys for its sealed columns. */
export interface OpenStore extends UncheckedStore {
  readonly rowTags: RowTags;
}

/** The store before the keys are known to be complete. */
export interface UncheckedStore extends OpenKeys {
  readonly database: Database;
  /**
   * The database's clock: all processes date and compare by it, whatever the clocks of their machines say.
   */
  readonly clock: DatabaseClock;
  /** Names of the migrations that were applied. */
  readonly applied: readonly string[];
  /** The embedded server, in developer mode without DATABASE_URL. */
  readonly postgres: EmbeddedPostgres | undefined;
  /** Further notes on the database for the operator. */
  readonly notes: readonly string[];
  readonly sealed: SealedTables;
}

export interface StoreOptions {
  /** A command's statements have no time limit; a broker's do, since other requests wait. */
  readonly command?: boolean;
  /** The command only reads, so that it does not migrate. */
  readonly readOnly?: boolean | undefined;
  /** Called for an idle connection that is lost; the pool replaces it. */
  readonly onIdleError?: ((error: Error) => void) | undefined;
  /** Default: warnings go to standard error. */
  readonly log?: Logger;
}

/**
 * Everything that is opened closes with `opened`. @throws ConfigError naming the setting to change, or the
 * keys to add.
 */
export async function openStore(
  config: Config,
  opened: AsyncDisposableStack,
  options?: StoreOptions,
): Promise<OpenStore> {
  const store = await openUncheckedStore(config, opened, options);
  const uses = await takeCensus(store.keyring, store.sealed.lasting);
  const missing = uses.filter(({ standing }) => standing === 'missing');
  if (missing.length === 0) return { ...store, rowTags: await openRowTagsBy(store, config) };
  const lines = missing.map(
    ({ id, seals }) =>
      `${config.keys.setting}: key ${JSON.stringify(id)} is missing: it seals ${inWords(seals)}${reasonOf(store, id)}`,
  );
  throw new ConfigError(lines.join('\n'));
}

/** The key of the row tags is the first value that is opened, so that a key with the right id and other bytes is found by it. */
async function openRowTagsBy(store: UncheckedStore, { keys, dataDirectory }: Config): Promise<RowTags> {
  try {
    return await openRowTags({ ...store, dataDirectory });
  } catch (cause) {
    if (!(cause instanceof UnreadableError)) throw cause;
    const ids = store.keyring.keyIds.map((id) => JSON.stringify(id)).join(', ');
    const line =
      `${keys.setting}: ${ids}: a key has the right id and is not the key that sealed this database; ` +
      'give the former key back, or the backup that belongs to this key';
    throw new ConfigError(line, { cause });
  }
}

/** Returns the message of the service that did not unwrap an intermediate key, if there is one. */
function reasonOf({ keptKeys }: OpenKeys, keyId: string): string {
  const failure = keptKeys.failureOf(keyId);
  if (failure) return ` (${failure.message})`;
  return keyId.startsWith('iky_') ? ' (KEY_PROVIDER_ALSO: add the service that wrapped it)' : '';
}

/** The same without the check for missing keys, for commands that report them. */
export async function openUncheckedStore(
  config: Config,
  opened: AsyncDisposableStack,
  { command = false, readOnly = false, onIdleError, log }: StoreOptions = {},
): Promise<UncheckedStore> {
  const settingKeys = await loadKeys(config);
  const embedded = config.databaseUrl === undefined;
  refusePlaintext(config);
  const postgres = embedded ? await startEmbedded(config, opened) : undefined;
  const url = config.databaseUrl ?? postgres?.url ?? '';
  const { database, applied, notes } = await explained(() =>
    openDatabase({
      url,
      directUrl: config.directDatabaseUrl,
      poolSize: config.databasePool,
      embedded,
      unmigrated: readOnly ? 'a command that only reads' : config.migrates ? undefined : 'SYMBOLON_MIGRATE=0',
      ...(onIdleError && { onIdleError }),
      ...(command && { longest: Number.POSITIVE_INFINITY }),
    }),
  );
  opened.defer(() => database.close());
  const { pool } = database;
  const sealed = sealedTables(pool);
  const keys = await openKeys(config, { pool, settingKeys, lasting: sealed.lasting, log });
  opened.defer(async () => void (await keys.wrapCounts.flush()));
  const clock = await createDatabaseClock(pool, systemClock);
  return { database, ...keys, clock, applied, notes, postgres, sealed };
}

/** The database of a command that needs no keys. */
export interface DatabaseAlone {
  readonly url: string;
  readonly directUrl: string | undefined;
  readonly embedded: boolean;
}

/** Returns where the database is, and starts the embedded one. @throws ConfigError */
export async function findDatabase(
  config: DatabaseConfig,
  opened: AsyncDisposableStack,
): Promise<DatabaseAlone> {
  refusePlaintext(config);
  const { databaseUrl, directDatabaseUrl } = config;
  if (databaseUrl !== undefined) return { url: databaseUrl, directUrl: directDatabaseUrl, embedded: false };
  const { url } = await startEmbedded(config, opened);
  return { url, directUrl: undefined, embedded: true };
}

/** The database carries people's data and the keys' work, so it is not reached in plain text. @throws ConfigError */
function refusePlaintext({ databaseUrl, directDatabaseUrl, plaintextDatabase }: DatabaseConfig): void {
  if (plaintextDatabase) return;
  for (const [setting, url] of Object.entries({
    DATABASE_URL: databaseUrl,
    DIRECT_DATABASE_URL: directDatabaseUrl,
  })) {
    const host = url && hostInPlaintext(setting, url);
    if (!host) continue;
    throw new ConfigError(
      `${setting}: the connection to ${host} has no TLS; add ?sslmode=verify-full, or set ALLOW_PLAINTEXT_DATABASE=1 on a network that you trust`,
    );
  }
}

function hostInPlaintext(setting: string, url: string): string | undefined {
  try {
    return plaintextHost(url);
  } catch (error) {
    throw error instanceof UnfitDatabase ? new ConfigError(`${setting}: ${error.message}`) : error;
  }
}

/** Turns an unfit database into an error for the operator. @throws ConfigError */
export async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof UnfitDatabase ? new ConfigError(error.message) : error;
  }
}

async function startEmbedded(
  config: DatabaseConfig,
  opened: AsyncDisposableStack,
): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres(path.join(config.dataDirectory, 'postgres'));
  opened.defer(() => postgres.stop());
  return postgres;
}
