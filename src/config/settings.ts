import { z } from 'zod';
import { keySettings } from './key-settings.ts';
import { limitSettings } from './limit-settings.ts';
import { logSettings } from './log-settings.ts';
import { senderSettings } from './sender-settings.ts';
import { streamSettings } from './stream-settings.ts';
import { traceSettings } from './trace-settings.ts';

/**
 * The settings of the environment: their shape, their default, and the description that `symbolon settings` prints.
 * `config.ts` reads them. The room checks values and sets defaults; `assembly` passes them on to the rooms.
 */

const upTo = (most: number) => {
  const message = `must be a whole number from 0 to ${most}`;
  return z.coerce.number(message).int(message).min(0, message).max(most, message);
};

const port = (fallback: number, what: string) => upTo(65_535).default(fallback).describe(what);

const flag = (what: string, fallback: '0' | '1' = '1') =>
  z
    .enum(['0', '1'])
    .default(fallback)
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

/** The settings with a secret that a file may hold instead. `ENCRYPTION_KEYS_FILE` is read again by its key provider. */
export const secretSettings = [
  'DATABASE_URL',
  'DIRECT_DATABASE_URL',
  'ADMIN_API_TOKEN',
  'PKCS11_PIN',
] as const;

const inFile = (name: (typeof secretSettings)[number]) =>
  z
    .string()
    .optional()
    .describe(`in place of ${name}: a file with its value; in production not for other users`);

export const settings = z.object({
  NODE_ENV: z
    .string()
    .default('development')
    .describe(
      '`production`: no lab, no demo, no embedded database, no generated keys; must be stated when DATABASE_URL is set',
    ),
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
    .describe(
      'PostgreSQL, also several hosts: postgresql://user:password@host1:5432,host2:5432/db; unset outside production: an embedded PostgreSQL under DATA_DIR',
    ),
  DIRECT_DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgresql://')
    .optional()
    .describe(
      'the same database past a transaction pooler such as PgBouncer: for migrations and notifications',
    ),
  ALLOW_PLAINTEXT_DATABASE: z
    .enum(['0', '1'])
    .default('0')
    .transform((value) => value === '1')
    .describe(
      '`1`: the connection to a database on another host may be without TLS, on a network that you trust',
    ),
  SYMBOLON_MIGRATE: flag(
    '`0`: no process but `symbolon migrate` migrates the database; the others refuse to start while a migration is due',
  ),
  DATABASE_POOL: wholeNumber(20, 500, 'database connections of this process'),
  SHUTDOWN_DELAY: upTo(20)
    .optional()
    .describe(
      'seconds from SIGTERM, when `/readyz` turns to 503, until the port closes; default 5, in developer mode 0',
    ),
  DATA_DIR: z
    .string()
    .default('.data')
    .describe(
      'folder of this process, on a disk that outlives it: `unsaved` has refreshed tokens that the database did not take; in developer mode also the database and the keys',
    ),
  ENCRYPTION_KEYS: z
    .string()
    .optional()
    .describe('`kid:base64key[,kid:base64key…]`, 32-byte keys, the first one writes; required in production'),
  ENCRYPTION_KEYS_FILE: z
    .string()
    .optional()
    .describe(
      'in place of ENCRYPTION_KEYS: a file with the same entries, one a line, `#` for comments; in production not for other users',
    ),
  ...keySettings,
  ...senderSettings,
  ADMIN_API_TOKEN: z
    .string()
    .min(32, 'must have at least 32 characters')
    .optional()
    .describe('optional bootstrap bearer of the admin API, at least 32 characters'),
  DATABASE_URL_FILE: inFile('DATABASE_URL'),
  DIRECT_DATABASE_URL_FILE: inFile('DIRECT_DATABASE_URL'),
  ADMIN_API_TOKEN_FILE: inFile('ADMIN_API_TOKEN'),
  ADMIN_APPROVALS: flag(
    '`1`: background access, endpoint changes, roles, tokens and invitations of admins wait until another owner approves them',
    '0',
  ),
  MCP: z
    .enum(['off', 'on'])
    .default('off')
    .describe('`on`: AI agents can use linked accounts by the MCP server at `/mcp` (docs/agents.md)'),
  CONSOLE_CONNECTIONS: z
    .string()
    .transform((text) => text.split(',').map((alias) => alias.trim()))
    .pipe(z.array(z.string().regex(/^[\w-]{1,64}$/, 'must be aliases of connections, comma-separated')))
    .optional()
    .describe('connections, comma-separated, with which people can sign in to the console; unset: all'),
  AUDIT_ADDRESSES: z
    .enum(['full', 'prefix', 'none'])
    .default('full')
    .describe(
      'how much of a client’s IP address events, logs and the list of sessions keep; `prefix`: the /24, of IPv6 the /48',
    ),
  AUDIT_KEEP_DAYS: wholeNumber(
    400,
    36_500,
    'days after which a week of the audit is dropped, once webhooks, roll-ups and the chain have passed it; `0`: never',
  ),
  AUDIT_KEEP_RETRIEVALS_DAYS: wholeNumber(
    30,
    36_500,
    'the same for the events of single uses and refreshes: `token.retrieved`, `token.proxied`, `token.exchanged`, `agent.called` and `token.refreshed`; `0`: as all others',
  ),
  ...streamSettings,
  TRUSTED_PROXY_HOPS: wholeNumber(0, 10, 'reverse proxies in front whose X-Forwarded-For is believed'),
  ...limitSettings,
  BACKGROUND_CONSENT: z
    .enum(['operator', 'required'])
    .default('operator')
    .describe(
      '`required`: service and first-party apps also need each person’s consent to use their accounts in the background',
    ),
  SYMBOLON_LAB: flag('`0`: developer mode without the simulated providers'),
  SYMBOLON_DEMO: flag('`0`: developer mode without the demo app'),
  ALLOWED_PRIVATE_HOSTS: z
    .string()
    .default('')
    .transform((value) => value.split(',').flatMap((host) => host.trim() || []))
    .describe(
      'hosts (`name` or `name:port`, comma-separated) that may be called although their address is private',
    ),
  ...logSettings,
  ...traceSettings,
});

export type Settings = z.infer<typeof settings>;
