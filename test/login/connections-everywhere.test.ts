import { beforeAll, expect, it } from 'vitest';
import type { Broker } from '../../src/assembly/broker.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createBrowser } from '../support/browser.ts';
import { statementsOf } from '../support/statements.ts';
import { createWorld, type World } from '../support/world.ts';

// Two brokers on one database. The clock stands still, so the TTL of the cached connections never ends: only a
// notification, or a LISTEN connection that was lost, makes a broker read them again.

let world: World;
let other: Broker;
let otherUrl: string;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld();
  ({ broker: other, url: otherUrl } = await world.another());
  app = await createApp(world);
});

/** The connection as each broker has it in its cache. */
async function known(alias: string) {
  const brokers = [world.broker, other];
  const found = await Promise.all(brokers.map(({ connections }) => connections.find(alias)));
  return found.map((connection) => connection && { enabled: connection.enabled, scopes: connection.scopes });
}

const everywhere = (alias: string, expected: Awaited<ReturnType<typeof known>>[number]) =>
  expect.poll(() => known(alias)).toEqual([expected, expected]);

it('a connection that is made, changed or removed counts at every broker', async () => {
  const alias = 'second-google';
  await everywhere(alias, undefined);
  const lab = world.lab.connections().find(({ provider }) => provider === 'google');
  if (!lab) throw new Error('the lab has no google');
  const { clientId: client_id, clientSecret: client_secret, endpoints, provider } = lab;
  const registration = { client_id, client_secret, endpoints, options: {} };
  const rest = { scopes: ['openid'], enabled: true, for: 'login' as const };
  await world.broker.connections.create({ alias, provider, ...registration, ...rest });
  await everywhere(alias, { enabled: true, scopes: ['openid'] });
  await other.connections.change(alias, { enabled: false, scopes: ['openid', 'email'] });
  await everywhere(alias, { enabled: false, scopes: ['openid', 'email'] });
  await world.broker.removals.removeConnection(alias);
  await everywhere(alias, undefined);
});

it('the policy of an app loses a connection with its removal at another broker', async () => {
  const { apps } = world.broker.issuance;
  const lines = [{ connection: 'google' }, { connection: 'github' }];
  const { app } = await apps.create({ name: 'P', type: 'service', connections: lines });
  const aliases = async () => [...(await apps.policyOf(app.id)).values()].map(({ alias }) => alias).sort();
  expect(await aliases()).toEqual(['github', 'google']);
  await other.removals.removeConnection('github');
  await expect.poll(aliases).toEqual(['google']);
});

// Each statement is a round trip, and a part of the processor time of a sign-in. A new one needs a reason.
it('a returning person is signed in with 19 statements, and none reads the connection', async () => {
  const ask = { connection: 'google', user: 'visitor-1' };
  for (let times = 0; times < 2; times += 1) await app.signIn(ask);
  const statements = await statementsOf(world.database)(() => app.signIn(ask));
  expect(statements.map((text) => text.replace(/\s+/g, ' ').slice(0, 60))).toHaveLength(19);
  expect(statements.filter((text) => / FROM connection WHERE alias/.test(text))).toEqual([]);
});

it('of two brokers that redeem one code at once, one gives tokens', async () => {
  const browser = createBrowser({ stopAt: ['https://app.example/'] });
  for (let round = 0; round < 4; round += 1) {
    const { url, checks } = await app.start({ connection: 'google', scope: 'openid offline_access' });
    let page = await browser.open(url);
    if (!page.stopped) page = await browser.submit(page, { fields: { user: 'visitor-3' } });
    while (!page.stopped) page = await browser.submit(page);
    const body = new URLSearchParams({
      ...{ grant_type: 'authorization_code', code: page.url.searchParams.get('code') ?? '' },
      ...{ redirect_uri: app.redirectUri, code_verifier: String(checks.pkceCodeVerifier) },
    });
    const credentials = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
    const headers = { authorization: `Basic ${credentials}` };
    const stored = () =>
      world.database.prisma.artifact.count({ where: { kind: 'RefreshToken', clientId: app.clientId } });
    const before = await stored();
    const redeem = (at: string) => fetch(`${at}/oauth/token`, { method: 'POST', headers, body });
    const answers = await Promise.all([world.issuer, otherUrl, world.issuer, otherUrl].map(redeem));
    const given = await Promise.all(
      answers.map(async (answer) => Object.keys((await answer.json()) as object)),
    );
    expect(given.filter((members) => members.includes('access_token'))).toHaveLength(1);
    // A broker that reads the code as used revokes what the first one gave.
    expect((await stored()) - before).toBeLessThanOrEqual(1);
  }
});

it('a sign-in uses no connection that has changed, also where no broker was told of it', async () => {
  const { pool } = world.database;
  const enable = (enabled: boolean) =>
    pool.query(`UPDATE connection SET enabled = $1, updated_at = now() WHERE alias = 'facebook'`, [enabled]);
  const start = async () => (await app.start({ connection: 'facebook' })).url;
  const browser = createBrowser();
  const asked = await browser.open(await start());
  expect(new URL(asked.url).href).toContain('/facebook/');
  await enable(false);
  await world.adopt();
  const refused = await createBrowser().open(await start());
  expect([refused.status, refused.url.href.startsWith(world.issuer)]).toEqual([502, true]);
  const back = await browser.submit(asked, { fields: { user: 'visitor-2' } });
  expect([back.status, back.url.pathname]).toEqual([400, '/connections/facebook/callback']);
  await enable(true);
});

it('a change that no broker was told of counts after the LISTEN connection was lost', async () => {
  const { pool } = world.database;
  const change = (enabled: boolean) =>
    pool.query(`UPDATE connection SET enabled = $1, updated_at = now() WHERE alias = 'google'`, [enabled]);
  const enabled = async () => (await known('google')).map((connection) => connection?.enabled);
  expect(await enabled()).toEqual([true, true]);
  await change(false);
  await world.adopt();
  expect(await enabled()).toEqual([true, true]);
  const { rowCount } = await pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE ANY (ARRAY['LISTEN%', '%AS next'])`,
  );
  expect(rowCount).toBeGreaterThan(0);
  await expect.poll(enabled, { timeout: 10_000 }).toEqual([false, false]);
});
