import path from 'node:path';
import { z } from 'zod';
import { seconds } from './kit/clock.ts';
import { createDeveloperKeys } from './kit/keys/developer-keys.ts';
import { createEnvironmentKeys } from './kit/keys/environment-keys.ts';
import { createFileKeys } from './kit/keys/file-keys.ts';
import type { KeyProvider } from './kit/keys/key-provider.ts';
import type { LogLevel } from './kit/log.ts';
import { Secret } from './kit/secret.ts';

/**
 * The configuration, read from the environment here and nowhere else. Each setting has the description that
 * `symbolon settings` prints. This file checks values and sets defaults; `assembly` passes them on to the
 * rooms.
 */

const upTo = (most: number) => {
  const message = `must be a whole number from 0 to ${most}`;
  return z.coerce.number(message).int(message).min(0, message).max(most, message);
};

const port = (fallback: number, what: string) => upTo(65_535).default(fallback).describe(what);

const flag = (what: string) =>
  z
    .enum(['0', '1'])
    .default('1')
    .transform((value) => value === '1')
    .describe(what);

const wholeNumber = (fallback: number, most: number, what: string) =>
  upTo(most).default(fallback).describe(what);

/**
 * Normalises an origin as browsers and providers write it: lower case, no default port, `xn--` for other
 * scripts.
 */
function originOf(text: string, context: z.RefinementCtx): string {
  const { origin, pathname, username, password } = new URL(text);
  // This also refuses an empty query or fragment, which `URL` does not show.
  if (/[?#]/.test(text) || username || password || /[^/]/.test(pathname)) {
    const message = 'must be scheme, host and port only, without path, query or fragment';
    context.addIssue({ code: 'custom', message });
  }
  return origin;
}

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
    .url({ protocol: /^https?$/, error: 'must be a web address, e.g. https://id.example.com' })
    .transform(originOf)
    .optional()
    .describe('issuer and base of every link; https in production; default http://localhost:PORT'),
  METRICS_PORT: upTo(65_535)
    .optional()
    .describe('port of `/metrics` for Prometheus, apart from the public one; unset: none'),
  METRICS_HOST: z
    .string()
    .default('127.0.0.1')
    .describe('address that METRICS_PORT listens on; it needs no authentication'),
  REALM: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'must be letters, digits, - and _')
    .default('symbolon')
    .describe('name of the realm in the paths that Keycloak’s clients use: /realms/REALM'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgresql://')
    .optional()
    .describe('PostgreSQL; unset outside production: an embedded PostgreSQL under DATA_DIR'),
  DIRECT_DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgresql://')
    .optional()
    .describe(
      'the same database past a transaction pooler such as PgBouncer: for migrations and notifications',
    ),
  DATABASE_POOL: wholeNumber(20, 500, 'database connections of this process'),
  SHUTDOWN_DELAY: upTo(20)
    .optional()
    .describe(
      'seconds from SIGTERM, when `/readyz` turns to 503, until the port closes; default 5, in developer mode 0',
    ),
  DATA_DIR: z.string().default('.data').describe('embedded database and generated developer keys'),
  ENCRYPTION_KEYS: z
    .string()
    .optional()
    .describe('`kid:base64key[,kid:base64key…]`, 32-byte keys, the first one writes; required in production'),
  ENCRYPTION_KEYS_FILE: z
    .string()
    .optional()
    .describe(
      'in place of ENCRYPTION_KEYS: a file with the same entries, one a line, `#` for comments; in production for its owner only',
    ),
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
  /** True outside production without DATABASE_URL. Only then are there an embedded database, lab and demo. */
  readonly developerMode: boolean;
  readonly host: string;
  readonly port: number;
  readonly demoPort: number;
  readonly labPort: number;
  readonly metrics: { readonly port: number; readonly host: string } | undefined;
  /** The origin, without a trailing slash. */
  readonly issuer: string;
  /** The realm in the paths that Keycloak's clients use. */
  readonly realm: string;
  readonly databaseUrl: string | undefined;
  /** The URL for operations that need a database session of their own: migrations and LISTEN. */
  readonly directDatabaseUrl: string | undefined;
  readonly databasePool: number;
  /** Milliseconds from the stop signal, when readiness turns to 503, until the port closes. */
  readonly shutdownDelay: number;
  readonly dataDirectory: string;
  /** The directory for refreshed tokens that the database did not accept. */
  readonly unsavedDirectory: string;
  /** The source of the encryption keys. In developer mode a key is generated under the data directory. */
  readonly keys: KeyProvider;
  readonly adminApiToken: Secret | undefined;
  readonly trustedProxyHops: number;
  readonly lab: boolean;
  readonly demo: boolean;
  readonly allowedPrivateHosts: readonly string[];
  readonly logLevel: LogLevel;
}

/** The error for wrong settings or arguments: one line each, with the name and the remedy. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The refusal of port 0: the system chooses such a port anew at each start, so no link could lead to it. */
export const noPort = 'PORT: must not be 0: people and apps are to find the broker there';

/** @throws ConfigError naming every setting that is missing, weak or malformed */
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
  const issuer = read.PUBLIC_URL ?? new URL(`http://localhost:${read.PORT}`).origin;
  if (production) checkProduction(read, issuer);
  if (read.PORT === 0 && !read.PUBLIC_URL) throw new ConfigError(noPort);
  return {
    production,
    developerMode,
    host: read.HOST ?? (production || read.DATABASE_URL ? '0.0.0.0' : '127.0.0.1'),
    port: read.PORT,
    demoPort: read.DEMO_PORT,
    labPort: read.LAB_PORT,
    metrics:
      read.METRICS_PORT === undefined ? undefined : { port: read.METRICS_PORT, host: read.METRICS_HOST },
    issuer,
    realm: read.REALM,
    databaseUrl: read.DATABASE_URL,
    directDatabaseUrl: read.DIRECT_DATABASE_URL ?? read.DATABASE_URL,
    databasePool: read.DATABASE_POOL,
    shutdownDelay: seconds(read.SHUTDOWN_DELAY ?? (developerMode ? 0 : 5)),
    dataDirectory: read.DATA_DIR,
    unsavedDirectory: path.join(read.DATA_DIR, 'unsaved'),
    keys: keyProviderOf(read, production),
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
  if (!read.ENCRYPTION_KEYS && !read.ENCRYPTION_KEYS_FILE)
    missing.push(
      'ENCRYPTION_KEYS: required in production, or ENCRYPTION_KEYS_FILE; make one with `symbolon keys generate`',
    );
  if (missing.length > 0) throw new ConfigError(missing.join('\n'));
}

function keyProviderOf(read: z.infer<typeof settings>, production: boolean): KeyProvider {
  const { ENCRYPTION_KEYS: keys, ENCRYPTION_KEYS_FILE: file } = read;
  if (keys !== undefined && file !== undefined)
    throw new ConfigError('ENCRYPTION_KEYS, ENCRYPTION_KEYS_FILE: both are set; set only one of them');
  if (file !== undefined) return createFileKeys('ENCRYPTION_KEYS_FILE', file, { production });
  if (keys === undefined) return createDeveloperKeys('DATA_DIR', read.DATA_DIR);
  return createEnvironmentKeys('ENCRYPTION_KEYS', new Secret(keys), { production });
}
