import { createHmac, randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Person } from '../seed.ts';
import { betterAuthOptions, loadBetterAuth } from './better-auth-package.ts';

export interface BetterAuthSeed {
  readonly folder: string;
  readonly databaseUrl: string;
  readonly secret: string;
  readonly people: readonly Person[];
}

/** What a request for one person's token sends. */
export interface Visitor {
  readonly cookie: string;
  readonly accountId: string;
  readonly providerToken: string;
}

const rowsAtOnce = 1000;

/** Stores people with an account, an encrypted token and a session each. Returns them with their cookies. */
export async function seedBetterAuth({ folder, databaseUrl, secret, people }: BetterAuthSeed) {
  const { getMigrations, symmetricEncrypt } = await loadBetterAuth(folder);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  try {
    await (await getMigrations(betterAuthOptions(pool, 0, secret))).runMigrations();
    const visitors: Visitor[] = [];
    for (let at = 0; at < people.length; at += rowsAtOnce) {
      const rows = await Promise.all(
        people.slice(at, at + rowsAtOnce).map(async ({ providerToken }, index) => ({
          n: at + index,
          session: randomBytes(24).toString('base64url'),
          token: await symmetricEncrypt({ key: secret, data: providerToken }),
          refresh: await symmetricEncrypt({
            key: secret,
            data: `1//${randomBytes(48).toString('base64url')}`,
          }),
        })),
      );
      const given = [JSON.stringify(rows)];
      const from = 'FROM json_to_recordset($1) AS row(n int, session text, token text, refresh text)';
      await pool.query(
        `INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
         SELECT 'user' || n, 'Person ' || n, 'person' || n || '@mail.example', true, now(), now() ${from}`,
        given,
      );
      await pool.query(
        `INSERT INTO account (id, "accountId", "providerId", "userId", "accessToken", "refreshToken",
           "accessTokenExpiresAt", scope, "createdAt", "updatedAt")
         SELECT 'account' || n, n, 'google', 'user' || n, token, refresh, now() + interval '24 hours',
           'openid,email,profile', now(), now() ${from}`,
        given,
      );
      await pool.query(
        `INSERT INTO session (id, token, "userId", "expiresAt", "createdAt", "updatedAt")
         SELECT 'session' || n, session, 'user' || n, now() + interval '7 days', now(), now() ${from}`,
        given,
      );
      for (const [index, { n, session }] of rows.entries()) {
        const signature = createHmac('sha256', secret).update(session).digest('base64');
        visitors.push({
          cookie: `better-auth.session_token=${encodeURIComponent(`${session}.${signature}`)}`,
          accountId: `account${n}`,
          providerToken: people[at + index]?.providerToken ?? '',
        });
      }
    }
    await pool.query('VACUUM ANALYZE');
    return visitors;
  } finally {
    await pool.end();
  }
}
