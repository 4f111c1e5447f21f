import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/kit/clock.ts';
import { adminClient } from '../admin/client.ts';
import { createProxyApp } from '../retrieval/proxy-stage.ts';
import { handleOf } from '../senders/doors.ts';
import type { TestApp, Tokens } from '../support/app.ts';
import { type DistantDatabase, distantDatabase } from '../support/database-line.ts';
import { createDpopKey, proof } from '../support/dpop.ts';
import { createWorld, type World } from '../support/world.ts';

// The database does not refuse, but does not answer: a table is locked, packets are dropped, the server is
// stopped.

let database: DistantDatabase;
let world: World;
let app: TestApp;
let tokens: Tokens;

beforeAll(async () => {
  database = await distantDatabase();
  world = await createWorld({ database });
  app = await createProxyApp(world, { google: [{ methods: ['GET'], path: '/v1/*' }] });
  const change = { device_flow: true };
  expect((await adminClient(world)('PATCH', `/apps/${app.clientId}`, change)).status).toBe(200);
  tokens = await app.signIn({ connection: 'google', user: 'lin' });
  for (const { path, status } of await atEveryDoor()) expect(status, path).toBeLessThan(500);
});

const pushed = {
  scope: 'openid',
  response_type: 'code',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
};

const at = (path: string, init: RequestInit = {}) => [path, { redirect: 'manual', ...init }] as const;

const form = (fields: Record<string, string>) => {
  const credentials = { client_id: app.clientId, client_secret: app.clientSecret };
  return { method: 'POST', body: new URLSearchParams({ ...credentials, ...fields }) };
};

const exchangeOf = (token: string) => ({
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token: token,
  subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  connection: 'google',
  requested_token_type: 'urn:symbolon:token-type:idp-access-token',
});

/** All endpoints that return a provider's token or lead to one, and the operators' endpoints. */
function doors() {
  const bearer = { headers: { authorization: `Bearer ${tokens.access_token}` } };
  const retrieval = [
    at('/v1/me/identities/google/token', bearer),
    at('/v1/me/identities/google/token?force=true', bearer),
    at('/v1/me/identities/google/proxy/v1/userinfo', bearer),
    at('/v1/me', bearer),
    at('/v1/me/identities', bearer),
    at('/oauth/token', form(exchangeOf(tokens.access_token))),
    at(
      '/oauth/token',
      form({
        ...exchangeOf(tokens.access_token),
        grant_type: 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
        requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
      }),
    ),
    at('/realms/symbolon/broker/google/token', bearer),
  ];
  const others = [
    at('/oauth/token', form({ grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) })),
    at('/oauth/token', form({ grant_type: 'client_credentials' })),
    at(
      `/authorize?response_type=code&client_id=${app.clientId}&scope=openid&redirect_uri=${encodeURIComponent(app.redirectUri)}` +
        '&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256',
    ),
    at('/oauth/device', form({ scope: 'openid' })),
    at('/oauth/par', form({ ...pushed, redirect_uri: app.redirectUri })),
    at('/device'),
    at('/account'),
    at('/admin/v1/users', { headers: { authorization: `Bearer ${world.adminToken}` } }),
    at('/readyz'),
    at('/healthz'),
  ];
  return { retrieval, others };
}

async function ask([path, init]: ReturnType<typeof at>) {
  const begun = performance.now();
  const { status, headers } = await fetch(`${world.issuer}${path}`, init);
  return { path, status, retryAfter: headers.get('retry-after'), took: performance.now() - begun };
}

async function atEveryDoor() {
  const { retrieval, others } = doors();
  return await Promise.all([...retrieval, ...others].map(ask));
}

function expectHonest(answers: readonly Awaited<ReturnType<typeof ask>>[]) {
  for (const { path, status, retryAfter, took } of answers) {
    expect(took, path).toBeLessThan(seconds(3));
    if (status >= 400) expect([path, status, Number(retryAfter) > 0]).toEqual([path, 503, true]);
  }
}

async function expectWell() {
  const [token] = doors().retrieval;
  for (const door of [at('/readyz'), ...(token ? [token] : [])])
    await expect.poll(async () => (await ask(door)).status).toBe(200);
  for (const { path, status } of await atEveryDoor()) {
    const tooSoon = path.includes('force') ? [429] : [];
    expect([200, 201, 302, 303, 400, 401, ...tooSoon], path).toContain(status);
  }
}

describe('while the database hangs, every caller is answered within three seconds', () => {
  it.each(['vault_entry', 'identity', 'user'])('with the table %s locked', async (table) => {
    const locker = new pg.Client({ connectionString: database.directUrl });
    locker.on('error', () => undefined);
    await locker.connect();
    await locker.query(`BEGIN; LOCK TABLE "${table}" IN ACCESS EXCLUSIVE MODE`);
    try {
      const answers = await atEveryDoor();
      expectHonest(answers);
      // The entry may be in the cache, and notifications still come.
      if (table === 'vault_entry') expect([200, 503]).toContain(answers[0]?.status);
      // Statements whose callers have gone do not occupy one connection after the other.
      const waiting = `SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock'
        AND datname = current_database()`;
      await expect
        .poll(async () => (await locker.query<{ count: number }>(waiting)).rows[0]?.count)
        .toBeLessThanOrEqual(2);
    } finally {
      await locker.end();
    }
    await expectWell();
  });

  it('with the used proofs locked, and no proof opens two doors', async () => {
    const key = await createDpopKey();
    const dpop = await handleOf(app, key);
    const { access_token: token } = await app.signIn({ connection: 'google', user: 'lin', dpop });
    const paths = ['token', 'proxy/v1/userinfo'].map((rest) => `/v1/me/identities/google/${rest}`);
    const gets = paths.map(async (path) => {
      const proved = await proof(key, { method: 'GET', url: world.issuer + path, token });
      return at(path, { headers: { authorization: `DPoP ${token}`, dpop: proved } });
    });
    const posts = [exchangeOf(token), { grant_type: 'client_credentials' }].map(async (fields) => {
      const proved = await proof(key, { method: 'POST', url: `${world.issuer}/oauth/token` });
      return at('/oauth/token', { ...form(fields), headers: { dpop: proved } });
    });
    const captured = await Promise.all([...gets, ...posts]);
    const locker = new pg.Client({ connectionString: database.directUrl });
    locker.on('error', () => undefined);
    await locker.connect();
    await locker.query('BEGIN; LOCK TABLE used_proof IN ACCESS EXCLUSIVE MODE');
    try {
      const answers = await Promise.all(captured.map(ask));
      expectHonest(answers);
      expect(answers.map(({ status }) => status)).toEqual(captured.map(() => 503));
    } finally {
      await locker.end();
    }
    await expectWell();
    for (const request of captured) {
      const later = [await ask(request), await ask(request)].filter(({ status }) => status === 200);
      expect(later.length, request[0]).toBeLessThan(2);
    }
  });

  it('with all packets dropped', async () => {
    database.line.swallow();
    try {
      for (const turn of [1, 2]) {
        const answers = await atEveryDoor();
        expectHonest(answers);
        // At first the cache may still be proven to be current.
        expect(turn === 1 ? [200, 503] : [503]).toContain(answers[0]?.status);
      }
    } finally {
      database.line.mend();
    }
    await expectWell();
    // Connections with an unanswered statement are not used again.
    expect(database.pool.waitingCount).toBe(0);
  });
});
