import { beforeAll, describe, expect, it } from 'vitest';
import { visit } from '../account/visitor.ts';
import { adminClient, type CallAdmin } from '../admin/client.ts';
import { createApp, type TestApp, type Tokens } from '../support/app.ts';
import { type Browser, createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';

// What ends with a connection: the sessions that began there, and, when it is removed, what was granted for it.

let world: World;
let admin: CallAdmin;
let app: TestApp;
let visitors = 0;

const all = ['wechat', 'facebook', 'google', 'github', 'gitee', 'qq', 'weibo'];

beforeAll(async () => {
  world = await createWorld({ providers: ['qq', 'gitee', 'weibo'] });
  admin = adminClient(world);
  app = await createApp(world, { connections: all });
});

const newUser = () => {
  visitors += 1;
  return `visitor-${visitors}`;
};
const newBrowser = () => createBrowser({ stopAt: ['https://app.example/'] });

/** Returns whether the browser is still signed in at the broker. */
async function isSignedIn(browser: Browser): Promise<boolean> {
  const { url } = await app.start({ prompt: 'none', scope: 'openid' });
  const { searchParams } = (await browser.open(url)).url;
  return searchParams.get('error') !== 'login_required';
}

async function refresh({ refresh_token }: Tokens): Promise<Record<string, unknown>> {
  const { clientId, clientSecret } = app;
  const client = { client_id: clientId, client_secret: clientSecret };
  const grant = { grant_type: 'refresh_token', refresh_token: String(refresh_token) };
  const body = new URLSearchParams({ ...client, ...grant });
  const response = await fetch(`${world.issuer}/oauth/token`, { method: 'POST', body });
  return (await response.json()) as Record<string, unknown>;
}

async function signIn(connection: string, scope = `openid offline_access idp:${connection}`) {
  const browser = newBrowser();
  const tokens = await app.signIn({ connection, user: newUser(), browser, scope });
  return { browser, tokens };
}

const eventDetail = async (type: string) =>
  (await world.database.prisma.auditEvent.findFirst({ where: { type }, orderBy: { at: 'desc' } }))?.detail;

describe('the removal of a connection', () => {
  it('ends the sessions that began there with their grants, and those of others stay', async () => {
    const here = await signIn('wechat');
    const elsewhere = await signIn('facebook');
    const page = await visit(world, { connection: 'wechat', user: newUser() });
    expect((await page.open('/account')).forms.some(({ action }) => action === '/account/sign-out')).toBe(
      true,
    );

    expect(await admin('DELETE', '/connections/wechat')).toMatchObject({ status: 200 });
    expect([await isSignedIn(here.browser), await isSignedIn(elsewhere.browser)]).toEqual([false, true]);
    expect(await refresh(here.tokens)).toMatchObject({ error: 'invalid_grant' });
    expect(await refresh(elsewhere.tokens)).toHaveProperty('access_token');
    expect((await page.open('/account')).forms.some(({ action }) => action === '/account/sign-out')).toBe(
      false,
    );
  });

  it('ends consents and grants for it, of people who signed in elsewhere too', async () => {
    const scope = 'openid offline_access idp:facebook idp:gitee';
    const both = await signIn('facebook', scope);
    const other = await signIn('facebook');
    await admin('DELETE', '/connections/gitee');
    expect(await refresh(both.tokens)).toMatchObject({ error: 'invalid_grant' });
    expect(await refresh(other.tokens)).toHaveProperty('access_token');
    expect(await isSignedIn(both.browser)).toBe(true);
    const { rows } = await world.database.pool.query<{ scopes: object; connections: string[] }>(
      'SELECT scopes, connections FROM consent ORDER BY at DESC, user_id LIMIT 50',
    );
    expect(JSON.stringify(rows)).not.toContain('idp:gitee');
    expect(JSON.stringify(rows)).toContain('idp:facebook');
  });

  it('counts the people who have no other account, before and with the removal', async () => {
    const linked = await signIn('qq');
    await signIn('qq');
    const me = await fetch(`${world.issuer}/v1/me`, {
      headers: { authorization: `Bearer ${linked.tokens.access_token}` },
    });
    const { id: userId } = (await me.json()) as { id: string };
    const google = await world.broker.connections.findNow('google');
    await world.database.pool.query(
      `INSERT INTO identity (id, user_id, connection_id, issuer, subject) VALUES ('idn_more', $1, $2, 'x', 'more')`,
      [userId, google?.id],
    );
    const counts = { identities: 2, grants: 2, people: 1 };
    const tried = await admin('DELETE', '/connections/qq?dry_run=true');
    expect(tried).toMatchObject({ status: 200, body: { ...counts, dry_run: true } });
    expect((await admin('GET', '/connections/qq')).status).toBe(200);
    const removed = await admin('DELETE', '/connections/qq');
    expect(removed.body).toEqual({ ...counts, dry_run: false });
    expect(await eventDetail('connection.removed')).toMatchObject(counts);
  });
});

describe('a connection that is disabled', () => {
  it('keeps its sessions unless their end is asked for', async () => {
    const { browser, tokens } = await signIn('github');
    await admin('PATCH', '/connections/github', { enabled: false });
    expect(await isSignedIn(browser)).toBe(true);
    const answer = await admin('PATCH', '/connections/github', { enabled: false, end_sessions: true });
    expect(answer).toMatchObject({ status: 200, body: { enabled: false } });
    expect(await isSignedIn(browser)).toBe(false);
    // An app that may act while the person is away keeps that.
    expect(await refresh(tokens)).toHaveProperty('access_token');
  });

  it('ends no sessions while it stays enabled', async () => {
    const answer = await admin('PATCH', '/connections/github', { enabled: true, end_sessions: true });
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
    expect((await admin('GET', '/connections/github')).body).toMatchObject({ enabled: false });
  });
});

describe('very many consents and grants', () => {
  it('end in batches, and another process goes on where one has crashed', async () => {
    const { pool } = world.database;
    const google = await world.broker.connections.findNow('google');
    const weibo = await world.broker.connections.findNow('weibo');
    const scopes = { oidc: ['openid'], resources: { [`${world.issuer}/v1`]: ['idp:google', 'idp:weibo'] } };
    // Every second row was written by a version that did not record ids.
    await pool.query(
      `INSERT INTO consent (user_id, app_id, scopes, connections)
       SELECT 'usr_many' || n, $1, $2, CASE WHEN n % 2 = 0 THEN jsonb_build_array($3::text, $4::text) END
       FROM generate_series(1, 4500) AS n`,
      [app.clientId, scopes, weibo?.id, google?.id],
    );
    await pool.query(
      `INSERT INTO artifact (kind, id_hash, payload, grant_id)
       SELECT kind, 'many' || n, jsonb_build_object('iat', 1, 'resources', jsonb_build_object('r', 'idp:weibo'))::text, 'many' || n
       FROM generate_series(1, 4500) AS n, unnest(ARRAY['Grant', 'RefreshToken']) AS kind`,
    );
    await world.adopt();
    // Another hand has written one row. It must not get a right tag now.
    await pool.query(`UPDATE consent SET tag = NULL WHERE user_id = 'usr_many7'`);
    await world.broker.removals.removeConnection('weibo');
    // A process has taken the work and died: its lease has ended.
    await pool.query(`UPDATE connection_ending SET lease_until = now() - interval '1 second'`);
    const { broker } = await world.another();
    await broker.jobs.find(({ name }) => name === 'connection-endings')?.run();

    const left = await pool.query(
      `SELECT count(*)::int AS consents, count(*) FILTER (WHERE scopes::text LIKE '%weibo%')::int AS naming,
         (SELECT count(*)::int FROM artifact WHERE grant_id LIKE 'many%') AS artifacts,
         (SELECT count(*)::int FROM connection_ending) AS queued
       FROM consent WHERE user_id LIKE 'usr_many%'`,
    );
    expect(left.rows).toEqual([{ consents: 4500, naming: 1, artifacts: 0, queued: 0 }]);
    const believed = async (userId: string) =>
      (await broker.issuance.consents(userId)).map(({ scopes: names }) => names);
    expect(await believed('usr_many8')).toEqual([['openid', 'idp:google']]);
    expect(await believed('usr_many7')).toEqual([]);
  });
});

it('the consents of a later connection of the alias stay when the first one’s end late', async () => {
  const { prisma } = world.database;
  const google = await world.broker.connections.findNow('google');
  const { tokens } = await signIn('facebook', 'openid offline_access idp:google');
  await prisma.connectionEnding.create({
    data: { connectionId: 'con_earlier', alias: 'google', sessionsOnly: false },
  });
  await world.broker.jobs.find(({ name }) => name === 'connection-endings')?.run();
  expect(await refresh(tokens)).toHaveProperty('access_token');
  const kept = await prisma.consent.findMany({
    where: { connections: { array_contains: [google?.id ?? ''] } },
  });
  expect(JSON.stringify(kept)).toContain('idp:google');
});
