import { z } from 'zod';
import type { EncryptionKey } from './kit/keyring.ts';
import type { LogLevel } from './kit/log.ts';
import { Secret } from './kit/secret.ts';

/** The one reader of the environment. Every setting is here, with the sentence that `symbolon settings` prints. */

const port = (fallback: number, what: string) =>
  z.coerce.number().int().min(0).max(65_535).default(fallback).describe(what);

const flag = (what: string) =>
  z
    .enum(['0', '1'])
    .default('1')
    .transform((value) => value === '1')
    .describe(what);

const wholeNumber = (fallback: number, most: number, what: string) =>
  z.coerce.number().int().min(0).max(most).default(fallback).describe(what);

export const settings = z.object({
  NODE_ENV: z
    .string()
    .default('development')
    .describe('`production`: no lab, no demo, no embedded database, no generated keys'),
  HOST: z
    .string()
    .optional()
    .describe('address to listen on; default 127.0.0.1 in developer mode, else 0.0.0.0'),
  PORT: port(3000, 'port of the broker'),
  DEMO_PORT: port(3001, 'port of the demo app'),
  LAB_PORT: port(3002, 'port of the simulated providers'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('issuer and base of every link; https in production; default http://localhost:PORT'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgresql://')
    .optional()
    .describe('PostgreSQL; unset outside production: an embedded PostgreSQL under DATA_DIR'),
  DATABASE_POOL: wholeNumber(20, 500, 'database connections of this process'),
  DATA_DIR: z.string().default('.data').describe('embedded database and generated developer keys'),
  ENCRYPTION_KEYS: z
    .string()
    .optional()
    .describe('`kid:base64key[,kid:base64key…]`, 32-byte keys, the first one writes; required in production'),
  ADMIN_API_TOKEN: z
    .string()
    .min(32, 'must have at least 32 characters')
    .optional()
    .describe('optional bootstrap bearer of the admin API, at least 32 characters'),
  TRUSTED_PROXY_HOPS: wholeNumber(0, 10, 'reverse proxies in front whose X-Forwarded-For is believed'),
  SYMBOLON_LAB: flag('`0`: developer mode without the simulated providers'),
  SYMBOLON_DEMO: flag('`0`: developer mode without the demo app'),
  ALLOWED_PRIVATE_HOSTS: z
    .string()
    .default('')
    .transform((value) => value.split(',').flatMap((host) => host.trim() || []))
    .describe(
      'hosts (`name` or `name:port`, comma-separated) that may be called although their address is private',
    ),
  LOG_LEVEL: z
    .enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'])
    .optional()
    .describe(
      'how much is logged, as JSON lines on standard output; default warn in developer mode, else info',
    ),
});

export interface Config {
  readonly production: boolean;
  /** Embedded database, lab and demo are for this mode only. */
  readonly developerMode: boolean;
  readonly host: string;
  readonly port: number;
  readonly demoPort: number;
  readonly labPort: number;
  /** Without a trailing slash. */
  readonly issuer: string;
  readonly databaseUrl: string | undefined;
  readonly databasePool: number;
  readonly dataDirectory: string;
  /** Undefined: developer mode makes and keeps one under the data directory. */
  readonly encryptionKeys: readonly EncryptionKey[] | undefined;
  readonly adminApiToken: Secret | undefined;
  readonly trustedProxyHops: number;
  readonly lab: boolean;
  readonly demo: boolean;
  readonly allowedPrivateHosts: readonly string[];
  readonly logLevel: LogLevel;
}

/** One line a setting, naming it and what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** @throws ConfigError naming every setting that is missing, weak or malformed. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = settings.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'),
    );
  }
  const read = parsed.data;
  const production = read.NODE_ENV === 'production';
  const developerMode = !production && !read.DATABASE_URL;
  const issuer = (read.PUBLIC_URL ?? `http://localhost:${read.PORT}`).replace(/\/+$/, '');
  if (production) checkProduction(read, issuer);
  checkIssuer(issuer);
  return {
    production,
    developerMode,
    host: read.HOST ?? (production || read.DATABASE_URL ? '0.0.0.0' : '127.0.0.1'),
    port: read.PORT,
    demoPort: read.DEMO_PORT,
    labPort: read.LAB_PORT,
    issuer,
    databaseUrl: read.DATABASE_URL,
    databasePool: read.DATABASE_POOL,
    dataDirectory: read.DATA_DIR,
    encryptionKeys:
      read.ENCRYPTION_KEYS === undefined ? undefined : parseKeys(read.ENCRYPTION_KEYS, production),
    adminApiToken: read.ADMIN_API_TOKEN === undefined ? undefined : new Secret(read.ADMIN_API_TOKEN),
    trustedProxyHops: read.TRUSTED_PROXY_HOPS,
    lab: developerMode && read.SYMBOLON_LAB,
    demo: developerMode && read.SYMBOLON_DEMO,
    allowedPrivateHosts: read.ALLOWED_PRIVATE_HOSTS,
    logLevel: read.LOG_LEVEL ?? (developerMode ? 'warn' : 'info'),
  };
}

function checkProduction(read: z.infer<typeof settings>, issuer: string): void {
  const missing = [];
  if (!read.DATABASE_URL)
    missing.push('DATABASE_URL: required in production, e.g. postgresql://user:password@host/db');
  if (!read.PUBLIC_URL)
    missing.push('PUBLIC_URL: required in production, the https address people reach the broker at');
  else if (!issuer.startsWith('https://')) missing.push('PUBLIC_URL: must be https in production');
  if (!read.ENCRYPTION_KEYS)
    missing.push('ENCRYPTION_KEYS: required in production; make one with `symbolon keys generate`');
  if (missing.length > 0) throw new ConfigError(missing.join('\n'));
}

function checkIssuer(issuer: string): void {
  const { search, hash, pathname, username } = new URL(issuer);
  if (search || hash || username || pathname !== '/') {
    throw new ConfigError('PUBLIC_URL: must be scheme, host and port only, without path, query or fragment');
  }
}

function parseKeys(text: string, production: boolean): readonly EncryptionKey[] {
  const keys = text.split(',').map((part) => parseKey(part.trim()));
  const ids = new Set(keys.map(({ id }) => id));
  if (ids.size !== keys.length) throw new ConfigError('ENCRYPTION_KEYS: a key id appears twice');
  const weak = production && keys.find(({ key }) => new Set(key).size < 8);
  if (weak) {
    throw new ConfigError(
      `ENCRYPTION_KEYS: key ${weak.id} is not random; make one with \`symbolon keys generate\``,
    );
  }
  return keys;
}

function parseKey(part: string): EncryptionKey {
  const [, id, encoded] = /^([A-Za-z0-9._-]{1,64}):(.+)$/s.exec(part) ?? [];
  if (!id || !encoded) throw new ConfigError('ENCRYPTION_KEYS: must be kid:base64key[,kid:base64key…]');
  const key = Buffer.from(encoded, 'base64');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(encoded) || key.length !== 32) {
    throw new ConfigError(
      `ENCRYPTION_KEYS: key ${id} must be 32 bytes in base64 (it is ${key.length}); make one with \`symbolon keys generate\``,
    );
  }
  return { id, key };
}
