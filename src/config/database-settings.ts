import { z } from 'zod';
import { type Settings, settings } from './settings.ts';

/** Where the database is. */
export interface DatabaseConfig {
  /** Undefined: the embedded server. */
  readonly databaseUrl: string | undefined;
  /** The same database without a transaction pooler. */
  readonly directDatabaseUrl: string | undefined;
  /** The connection to another host may be without TLS. */
  readonly plaintextDatabase: boolean;
  readonly dataDirectory: string;
}

const { DATABASE_URL, DIRECT_DATABASE_URL, ALLOW_PLAINTEXT_DATABASE, DATA_DIR } = settings.shape;

export const databaseSettings = z.object({
  DATABASE_URL,
  DIRECT_DATABASE_URL,
  ALLOW_PLAINTEXT_DATABASE,
  DATA_DIR,
});

export function databaseConfigOf(read: Pick<Settings, keyof typeof databaseSettings.shape>): DatabaseConfig {
  return {
    databaseUrl: read.DATABASE_URL,
    directDatabaseUrl: read.DIRECT_DATABASE_URL ?? read.DATABASE_URL,
    plaintextDatabase: read.ALLOW_PLAINTEXT_DATABASE,
    dataDirectory: read.DATA_DIR,
  };
}
