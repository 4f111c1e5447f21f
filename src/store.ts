import path from 'node:path';
import { type Config, ConfigError } from './config.ts';
import { createDatabase, type Database } from './kit/database.ts';
import { developerKey } from './kit/developer-keys.ts';
import { startEmbeddedPostgres } from './kit/embedded-postgres.ts';
import { createKeyring, type Keyring } from './kit/keyring.ts';
import { applyMigrations } from './kit/migrate.ts';

/** The database, up to date, and the keys to what is sealed in it. */
export interface OpenStore {
  readonly database: Database;
  readonly keyring: Keyring;
  /** Names of the migrations that were due. */
  readonly applied: readonly string[];
}

/** What is opened closes with `opened`. @throws ConfigError naming the setting to mend. */
export async function openStore(config: Config, opened: AsyncDisposableStack): Promise<OpenStore> {
  const url = config.databaseUrl ?? (await embedded(config, opened));
  const database = createDatabase({ url, poolSize: config.databasePool });
  opened.defer(() => database.close());
  await requireReachable(database);
  const applied = await applyMigrations(url);
  const keyring = createKeyring(config.encryptionKeys ?? [await developerKey(config.dataDirectory)]);
  return { database, keyring, applied };
}

async function embedded(config: Config, opened: AsyncDisposableStack): Promise<string> {
  const postgres = await startEmbeddedPostgres(path.join(config.dataDirectory, 'postgres'));
  opened.defer(() => postgres.stop());
  return postgres.url;
}

async function requireReachable(database: Database): Promise<void> {
  try {
    await database.ping(10_000);
  } catch (cause) {
    const { message, code } = cause as { message?: string; code?: string };
    const why = message || code || 'no answer';
    throw new ConfigError(
      `DATABASE_URL: PostgreSQL cannot be reached (${why}); check address, user and password`,
    );
  }
}
