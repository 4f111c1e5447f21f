import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** The parts of Better Auth that the bench uses. */
export interface BetterAuthPackage {
  betterAuth(options: unknown): unknown;
  toNodeHandler(auth: unknown): (request: unknown, response: unknown) => unknown;
  getMigrations(options: unknown): Promise<{ runMigrations(): Promise<void> }>;
  symmetricEncrypt(options: { key: string; data: string }): Promise<string>;
}

/** Returns the package as npm has installed it in a folder. */
export async function loadBetterAuth(folder: string): Promise<BetterAuthPackage> {
  const manifest = path.join(folder, 'node_modules/better-auth/package.json');
  const { exports } = createRequire(import.meta.url)(manifest);
  const files = ['.', './node', './db/migration', './crypto'].map((name) =>
    path.join(path.dirname(manifest), exports[name].default),
  );
  const parts = await Promise.all(files.map((file) => import(pathToFileURL(file).href)));
  return Object.assign({}, ...parts);
}

/** Returns its settings, as its documentation has them for production. */
export function betterAuthOptions(database: unknown, port: number, secret: string): object {
  return {
    baseURL: `http://localhost:${port}`,
    secret,
    database,
    telemetry: { enabled: false },
    // The load comes from one address.
    rateLimit: { enabled: false },
    logger: { level: 'warn' },
    account: { encryptOAuthTokens: true },
    socialProviders: { google: { clientId: 'bench', clientSecret: 'bench-secret' } },
  };
}
