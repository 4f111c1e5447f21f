import path from 'node:path';
import type { z } from 'zod';
import { checkAdminToken } from './config/admin-token.ts';
import { type DatabaseConfig, databaseConfigOf, databaseSettings } from './config/database-settings.ts';
import { type KmsConfig, kmsOf } from './config/key-settings.ts';
import { limitsOf } from './config/limit-settings.ts';
import { type LogConfig, logConfigOf } from './config/log-settings.ts';
import { hasOwnSecret } from './config/own-secrets.ts';
import { clientCertificatesOf } from './config/sender-settings.ts';
import { type Settings, secretSettings, settings } from './config/settings.ts';
import { streamOf, streamWarning } from './config/stream-settings.ts';
import { type TraceConfig, traceConfigOf } from './config/trace-settings.ts';
import { seconds } from './kit/clock.ts';
import { createDeveloperKeys } from './kit/keys/developer-keys.ts';
import { createEnvironmentKeys } from './kit/keys/environment-keys.ts';
import { createFileKeys } from './kit/keys/file-keys.ts';
import type { KeyProvider } from './kit/keys/key-provider.ts';
import { Secret } from './kit/secret.ts';
import { readSecretFileNow, SecretFileError } from './kit/secret-file.ts';

/**
 * The configuration, read from the environment here and nowhere else. `config/settings.ts` has the settings. `assembly` passes
 * the values on to the rooms.
 */

type Limits = ReturnType<typeof limitsOf>;

export interface Config extends DatabaseConfig, LogConfig, TraceConfig {
  readonly production: boolean;
  /** False if NODE_ENV is unset, so that nothing says whether this is production. */
  readonly modeStated: boolean;
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
  readonly databasePool: number;
  /** False: the database is refused while a migration is due. */
  readonly migrates: boolean;
  /** Milliseconds from the stop signal, when readiness turns to 503, until the port closes. */
  readonly shutdownDelay: number;
  /** The directory for refreshed tokens that the database did not accept. */
  readonly unsavedDirectory: string;
  /** The source of the encryption keys. In developer mode a key is generated under the data directory. */
  readonly keys: KeyProvider;
  /** The key management services. */
  readonly kms: KmsConfig;
  readonly adminApiToken: Secret | undefined;
  /** A dangerous change waits for another owner. */
  readonly adminApprovals: boolean;
  /** The aliases of the connections with which people can sign in to the console; undefined: all. */
  readonly consoleConnections: readonly string[] | undefined;
  /** Agents can use linked accounts by the MCP server. */
  readonly mcp: boolean;
  /** Settings that should be better, to be said at the start. */
  readonly warnings: readonly string[];
  /** Days for which events are kept; 0: for ever. */
  readonly auditKeep: { readonly all: number; readonly retrievals: number };
  /** The receiver of each audit event; undefined: none. */
  readonly auditStream: ReturnType<typeof streamOf>;
  readonly trustedProxyHops: number;
  readonly auditAddresses: Settings['AUDIT_ADDRESSES'];
  /** 0: no limit; undefined: by the memory of the process. */
  readonly mostConnections: Limits['mostConnections'];
  readonly floodLimits: Limits['floodLimits'];
  readonly newAppLimits: Limits['newAppLimits'];
  readonly agentLimits: Limits['agentLimits'];
  /** Whose consent the background use of a service or first-party app needs: the operator's policy, or each person's. */
  readonly backgroundConsent: 'operator' | 'required';
  readonly requireDpopNonce: boolean;
  /** The header by which proxies of these networks pass client certificates; undefined: none. */
  readonly clientCertificates: { readonly header: string; readonly proxies: readonly string[] } | undefined;
  readonly lab: boolean;
  readonly demo: boolean;
  readonly allowedPrivateHosts: readonly string[];
}

/** The error for wrong settings or arguments: one line each, with the name and the remedy. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The refusal of port 0: the system chooses such a port anew at each start, so no link could lead to it. */
export const noPort = 'PORT: must not be 0: people and apps are to find the broker there';

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the settings of the database, which are all that a migration needs. @throws ConfigError */
export function readDatabaseConfig(environment: Environment = process.env): DatabaseConfig {
  return databaseConfigOf(parsedBy(databaseSettings, filledIn(environment)));
}

function filledIn(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

function parsedBy<Shape extends z.ZodType>(shape: Shape, given: Environment): z.output<Shape> {
  const parsed = shape.safeParse(withSecretFiles(given));
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new ConfigError(lines.join('\n'));
}

/** @throws ConfigError naming every setting that is missing, weak or malformed */
export function readConfig(environment: Environment = process.env): Config {
  const given = filledIn(environment);
  const read = parsedBy(settings, given);
  const production = read.NODE_ENV === 'production';
  const developerMode = !production && !read.DATABASE_URL;
  const issuer = read.PUBLIC_URL ?? new URL(`http://localhost:${read.PORT}`).origin;
  if (production) checkProduction(read, issuer);
  const { fault, warning } = adminTokenFaults(read, production);
  if (fault !== undefined) refuse(fault);
  if (read.PORT === 0 && !read.PUBLIC_URL) throw new ConfigError(noPort);
  return {
    production,
    modeStated: given.NODE_ENV !== undefined,
    developerMode,
    host: read.HOST ?? (production || read.DATABASE_URL ? '0.0.0.0' : '127.0.0.1'),
    port: read.PORT,
    demoPort: read.DEMO_PORT,
    labPort: read.LAB_PORT,
    metrics:
      read.METRICS_PORT === undefined ? undefined : { port: read.METRICS_PORT, host: read.METRICS_HOST },
    issuer,
    realm: read.REALM,
    ...databaseConfigOf(read),
    databasePool: read.DATABASE_POOL,
    migrates: read.SYMBOLON_MIGRATE,
    shutdownDelay: seconds(read.SHUTDOWN_DELAY ?? (developerMode ? 0 : 5)),
    unsavedDirectory: path.join(read.DATA_DIR, 'unsaved'),
    keys: keyProviderOf(read, production),
    kms: kmsOf(read, { production, refuse }),
    adminApiToken: read.ADMIN_API_TOKEN === undefined ? undefined : new Secret(read.ADMIN_API_TOKEN),
    adminApprovals: read.ADMIN_APPROVALS,
    consoleConnections: read.CONSOLE_CONNECTIONS,
    mcp: read.MCP === 'on',
    warnings: [warning, production ? streamWarning(read) : undefined].filter((line) => line !== undefined),
    auditKeep: { all: read.AUDIT_KEEP_DAYS, retrievals: read.AUDIT_KEEP_RETRIEVALS_DAYS },
    auditStream: streamOf(read, { refuse, readFile: (...file) => streamFile(file, production) }),
    trustedProxyHops: read.TRUSTED_PROXY_HOPS,
    auditAddresses: read.AUDIT_ADDRESSES,
    ...limitsOf(read),
    backgroundConsent: read.BACKGROUND_CONSENT,
    requireDpopNonce: read.DPOP_NONCE === 'required',
    clientCertificates: clientCertificatesOf(read, refuse),
    lab: developerMode && read.SYMBOLON_LAB,
    demo: developerMode && read.SYMBOLON_DEMO,
    allowedPrivateHosts: read.ALLOWED_PRIVATE_HOSTS,
    ...logConfigOf(read, developerMode),
    ...traceConfigOf(read),
  };
}

/** Puts the content of each `NAME_FILE` in the place of `NAME`. @throws ConfigError */
function withSecretFiles(given: Environment): Environment {
  const rules = { production: given.NODE_ENV === 'production' };
  const found = secretSettings.flatMap((name) => {
    const file = given[`${name}_FILE`];
    if (file === undefined) return [];
    if (given[name] !== undefined)
      throw new ConfigError(`${name}, ${name}_FILE: both are set; set only one of them`);
    return [[name, secretIn(`${name}_FILE`, file, rules)] as const];
  });
  return { ...given, ...Object.fromEntries(found) };
}

function streamFile([setting, file, secret]: readonly [string, string, boolean], production: boolean) {
  return secretIn(setting, file, { production: production && secret });
}

function secretIn(setting: string, file: string, rules: { readonly production: boolean }): string {
  try {
    const secret = readSecretFileNow(file, rules).trim();
    if (secret === '') throw new SecretFileError(`${file} is empty`);
    return secret;
  } catch (error) {
    throw error instanceof SecretFileError ? new ConfigError(`${setting}: ${error.message}`) : error;
  }
}

/**
 * Refuses to start with a database of the operator's and without NODE_ENV: whether this is production would be a guess, and
 * outside production keys are generated and loopback names are served. @throws ConfigError
 */
export function requireStatedMode({ modeStated, databaseUrl }: Config): void {
  if (modeStated || databaseUrl === undefined) return;
  throw new ConfigError(
    'NODE_ENV: must be stated when DATABASE_URL is set: `production`, or `development` to start without its checks',
  );
}

function refuse(line: string): never {
  throw new ConfigError(line);
}

function checkProduction(read: Settings, issuer: string): void {
  const missing = [];
  if (!read.DATABASE_URL)
    missing.push('DATABASE_URL: required in production, e.g. postgresql://user:password@host/db');
  if (!read.PUBLIC_URL)
    missing.push('PUBLIC_URL: required in production, the https address people reach the broker at');
  else if (!issuer.startsWith('https://')) missing.push('PUBLIC_URL: must be https in production');
  if (read.KEY_PROVIDER === 'settings' && !read.ENCRYPTION_KEYS && !read.ENCRYPTION_KEYS_FILE)
    missing.push(
      'ENCRYPTION_KEYS: required in production, or ENCRYPTION_KEYS_FILE; make one with `symbolon keys generate`',
    );
  if (missing.length > 0) throw new ConfigError(missing.join('\n'));
}

function adminTokenFaults({ ADMIN_API_TOKEN: token }: Settings, production: boolean) {
  return token === undefined ? {} : checkAdminToken(token, { production });
}

function keyProviderOf(read: Settings, production: boolean): KeyProvider {
  const { ENCRYPTION_KEYS: keys, ENCRYPTION_KEYS_FILE: file } = read;
  if (keys !== undefined && file !== undefined)
    throw new ConfigError('ENCRYPTION_KEYS, ENCRYPTION_KEYS_FILE: both are set; set only one of them');
  if (file !== undefined) return createFileKeys('ENCRYPTION_KEYS_FILE', file, { production });
  if (keys === undefined && production) return { setting: 'KEY_PROVIDER', load: async () => [] };
  if (keys === undefined) return createDeveloperKeys('DATA_DIR', read.DATA_DIR);
  return createEnvironmentKeys('ENCRYPTION_KEYS', new Secret(keys), { production });
}

/** Returns a variable of the environment that an operator names, e.g. for a secret in a configuration file. */
export function variableOf(name: string): string | undefined {
  return process.env[name];
}

/** Returns whether it is a setting of the broker itself. */
export function isSetting(name: string): boolean {
  return Object.hasOwn(settings.shape, name);
}

/** Returns whether a text has a secret of the broker itself in it. */
export function isOwnSecret(text: string): boolean {
  return hasOwnSecret(text, process.env);
}

/** Returns the files that hold secrets of the broker itself. */
export function settingFiles(): readonly string[] {
  const names = Object.keys(settings.shape).filter((name) => name.endsWith('_FILE'));
  return names.flatMap((name) => process.env[name] || []);
}
