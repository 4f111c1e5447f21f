import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import type { LabConnection } from '../../../src/lab/profiles.ts';
import { atLab, providers } from './providers.ts';

// The process of a Better Auth server: the package as npm has it, with its Node handler, its PostgreSQL adapter and
// its own migrations. Its `fetch` sends the hosts of the providers to the lab.

export interface BetterAuthSettings {
  /** The folder in which the package is installed. */
  readonly folder: string;
  readonly port: number;
  readonly databaseUrl: string;
  readonly lab: string;
  readonly clients: readonly LabConnection[];
  readonly encrypt: boolean;
  readonly secret: string | undefined;
  readonly secrets: readonly { readonly version: number; readonly value: string }[] | undefined;
}

type Handler = Parameters<typeof createServer>[1];
interface Package {
  betterAuth(options: unknown): { readonly options: unknown };
  toNodeHandler(auth: unknown): Handler;
  admin(): unknown;
  genericOAuth(options: unknown): unknown;
  getMigrations(options: unknown): Promise<{ runMigrations(): Promise<void> }>;
}

const settings: BetterAuthSettings = JSON.parse(process.env.PEER ?? '{}');

async function load(...names: readonly string[]): Promise<Package> {
  const manifest = path.join(settings.folder, 'node_modules/better-auth/package.json');
  const { exports } = createRequire(import.meta.url)(manifest);
  const files = names.map((name) => path.join(path.dirname(manifest), exports[name].default));
  const parts = await Promise.all(files.map((file) => import(pathToFileURL(file).href)));
  return Object.assign({}, ...parts);
}

function optionsOf({ admin, genericOAuth }: Package) {
  const { clients, lab, port, databaseUrl, encrypt, secret, secrets } = settings;
  const clientOf = (name: string) => {
    const found = clients.find((client) => client.name === name);
    return { clientId: found?.clientId, clientSecret: found?.clientSecret };
  };
  const builtIn = providers.filter(({ generic }) => !generic);
  const generic = providers.filter((provider) => provider.generic);
  const endpointsOf = (name: string) => clients.find((client) => client.name === name)?.endpoints ?? {};
  return {
    baseURL: `http://localhost:${port}`,
    secret,
    secrets,
    database: new pg.Pool({ connectionString: databaseUrl, max: 4 }),
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: { level: 'warn' },
    account: {
      encryptOAuthTokens: encrypt,
      accountLinking: { trustedProviders: providers.map(({ name }) => name), allowDifferentEmails: true },
    },
    socialProviders: Object.fromEntries(
      builtIn.map(({ name, options }) => [name, { ...clientOf(name), ...options }]),
    ),
    plugins: [
      admin(),
      genericOAuth({
        config: generic.map(({ name, options }) => ({
          providerId: name,
          ...clientOf(name),
          accountSubject: ({ profile }: { profile: { sub: string } }) => profile.sub,
          authorizationUrl: endpointsOf(name).authorization,
          tokenUrl: endpointsOf(name).token,
          userInfoUrl: endpointsOf(name).userinfo,
          ...options,
        })),
      }),
    ],
    trustedOrigins: [lab],
  };
}

const outside = globalThis.fetch;
globalThis.fetch = (input, init) =>
  input instanceof Request
    ? outside(new Request(atLab(input.url, settings.lab), input), init)
    : outside(atLab(input, settings.lab), init);

const product = await load('.', './node', './plugins', './db/migration');
const options = optionsOf(product);
await (await product.getMigrations(options)).runMigrations();
const server = createServer(product.toNodeHandler(product.betterAuth(options)));
server.listen(settings.port, '127.0.0.1', () => process.send?.('ready'));
process.once('SIGTERM', () => process.exit(0));
process.once('disconnect', () => process.exit(1));
