import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { days } from '../../src/kit/clock.ts';
import { visit } from '../account/visitor.ts';
import { adminClient } from '../admin/client.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { type Browser, createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';

const connection = 'openid-connect';
const event = 'http://schemas.openid.net/event/backchannel-logout';
const scope = 'openid profile idp:openid-connect';

let world: World;
let app: TestApp;
let address: string;

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world, { connections: [connection] });
  address = `${world.issuer}/connections/${connection}/signals`;
});

let people = 0;

/** A person signed in to the app in a browser of their own. */
async function person(user = `visitor-${++people}`) {
  const browser = createBrowser({ stopAt: ['https://app.example/'] });
  const tokens = await app.signIn({ connection, user, scope, browser });
  const { body } = await callApi(world.issuer, '/v1/me/identities/openid-connect/token', tokens.access_token);
  const { subject } = body.identity as { subject: string };
  return { user, browser, tokens, subject };
}

/** Whether the app would get a code without interaction. */
async function isIn(browser: Browser): Promise<boolean> {
  const { url } = await app.start({ prompt: 'none', scope });
  const { url: landed } = await browser.open(url);
  const error = landed.searchParams.get('error');
  expect([null, 'login_required']).toContain(error);
  return error === null;
}

interface Told {
  readonly logout_token: string;
  readonly status: number;
}

/** The person signs out at the provider. */
const leave = async (user: string, to = address) =>
  (await world.control('POST', `${connection}/logout`, { user, to })) as Told;

const send = async (logout_token: string) =>
  (await fetch(address, { method: 'POST', body: new URLSearchParams({ logout_token }) })).status;

async function claims(more: object): Promise<Record<string, unknown>> {
  const { registration } = (await world.broker.connections.find(connection)) ?? {};
  const now = Math.floor(world.clock.now().getTime() / 1000);
  const iss = registration?.issuer;
  const jti = randomBytes(8).toString('hex');
  return {
    iss,
    aud: registration?.clientId,
    iat: now,
    exp: now + 120,
    jti,
    events: { [event]: {} },
    ...more,
  };
}

async function logoutToken(more: object, typ = 'logout+jwt'): Promise<string> {
  const body = { claims: await claims(more), typ };
  return ((await world.control('POST', `${connection}/sign`, body)) as { token: string }).token;
}

describe('a sign-out at an OpenID provider', () => {
  it('ends the session that it names, and no other, and no grant', async () => {
    const other = await person();
    const first = await person();
    const second = await person(first.user);
    const told = await leave(first.user);
    expect(told.status).toBe(200);
    expect(await Promise.all([second, first, other].map(({ browser }) => isIn(browser)))).toEqual([
      false,
      true,
      true,
    ]);
    // The tokens issued in the session have ended with it; the provider's grant has not.
    const path = '/v1/me/identities/openid-connect/token';
    expect((await callApi(world.issuer, path, second.tokens.access_token)).status).toBe(401);
    expect((await callApi(world.issuer, path, first.tokens.access_token)).status).toBe(200);
    const userId = first.tokens.claims()?.sub ?? '';
    const where = { type: 'signed_out', userId, connection };
    expect(await world.database.prisma.auditEvent.count({ where })).toBe(1);
  });

  it('that is repeated does not end a later session', async () => {
    const { user, browser } = await person();
    const { logout_token } = await leave(user);
    expect(await isIn(browser)).toBe(false);
    await app.signIn({ connection, user, scope, browser });
    expect(await send(logout_token)).toBe(200);
    expect(await isIn(browser)).toBe(true);
  });

  it('without a session ends all of that person, the broker’s own pages included', async () => {
    const one = await person();
    const two = await person(one.user);
    const other = await person();
    const page = await visit(world, { connection, user: one.user });
    expect(await send(await logoutToken({ sub: one.subject }))).toBe(200);
    expect(await isIn(one.browser)).toBe(false);
    expect(await isIn(two.browser)).toBe(false);
    expect(await isIn(other.browser)).toBe(true);
    expect((await page.open('/account')).text).not.toContain(one.subject);
    const { rows } = await world.database.pool.query(
      `SELECT 1 FROM browser_session WHERE sess->>'userId' = $1`,
      [page.userId],
    );
    expect(rows).toEqual([]);
  });

  it('that names only a session ends that one', async () => {
    const one = await person();
    const two = await person(one.user);
    const { logout_token } = await leave(one.user, `${world.issuer}/healthz`);
    const { sid } = JSON.parse(Buffer.from(logout_token.split('.')[1] ?? '', 'base64url').toString());
    expect(await send(await logoutToken({ sid: 'another' }))).toBe(200);
    expect(await isIn(two.browser)).toBe(true);
    expect(await send(await logoutToken({ sid }))).toBe(200);
    expect(await isIn(two.browser)).toBe(false);
    expect(await isIn(one.browser)).toBe(true);
  });

  it('changes nothing if the person is unknown', async () => {
    expect(await send(await logoutToken({ sub: 'unheard-of' }))).toBe(200);
    expect(await send(await logoutToken({ sub: 'a\0b' }))).toBe(200);
  });
});

it('changes nothing if its logout token is invalid, or not for this client', async () => {
  const { browser, subject: sub } = await person();
  const now = Math.floor(world.clock.now().getTime() / 1000);
  const changes: object[] = [
    { iss: 'https://attacker.example' },
    { aud: 'another-client' },
    { iat: now - 7200, exp: now - 7000 },
    { iat: now - 7200, exp: undefined },
    { iat: now + 3600, exp: now + 7200 },
    { iat: undefined },
    { jti: undefined },
    { events: undefined },
    { events: { [event]: 'text' } },
    { events: { 'https://schemas.openid.net/secevent/risc/event-type/account-disabled': {} } },
    { sub: undefined },
    // An ID token has a nonce; a logout token must not.
    { nonce: 'n-1' },
  ];
  for (const change of changes)
    expect(await send(await logoutToken({ sub, ...change })), JSON.stringify(change)).toBe(400);
  expect(await send(await logoutToken({ sub }, 'at+jwt'))).toBe(400);
  const genuine = await logoutToken({ sub });
  const [, payload] = genuine.split('.');
  const none = Buffer.from('{"alg":"none","typ":"logout+jwt"}').toString('base64url');
  const secret = await registeredSecret();
  const symmetric = await signedWith(secret, { sub });
  for (const token of [`${none}.${payload}.`, `${genuine.slice(0, -8)}AAAAAAAA`, symmetric, 'x', ''])
    expect(await send(token), token).toBe(400);
  expect((await fetch(address)).status).toBe(404);
  expect((await fetch(address, { method: 'POST', body: '{}' })).status).toBe(400);
  expect(await isIn(browser)).toBe(true);
  expect(await send(genuine)).toBe(200);
  expect(await isIn(browser)).toBe(false);
});

async function registeredSecret(): Promise<string> {
  const { registration } = (await world.broker.connections.find(connection)) ?? {};
  return registration?.clientSecret?.reveal() ?? '';
}

async function signedWith(secret: string, more: object): Promise<string> {
  const jwt = new SignJWT(await claims(more)).setProtectedHeader({ alg: 'HS256', typ: 'logout+jwt' });
  return await jwt.sign(new TextEncoder().encode(secret));
}

it('is signed like the ID tokens of the connection, also with the client secret', async () => {
  const { browser, subject: sub } = await person();
  const call = adminClient(world);
  const change = (id_token_algorithm: string) =>
    call('PATCH', `/connections/${connection}`, { options: { id_token_algorithm } });
  expect((await change('HS256')).status).toBe(200);
  expect(await send(await logoutToken({ sub }))).toBe(400);
  expect(await send(await signedWith('x'.repeat(32), { sub }))).toBe(400);
  expect(await isIn(browser)).toBe(true);
  expect(await send(await signedWith(await registeredSecret(), { sub }))).toBe(200);
  expect(await isIn(browser)).toBe(false);
  expect((await change('RS256')).status).toBe(200);
});

it('the sign-in of a session is deleted together with the session', async () => {
  const { browser, subject: sub } = await person();
  const origins = () => world.database.prisma.sessionOrigin.count();
  expect(await origins()).toBeGreaterThan(0);
  const before = await origins();
  await send(await logoutToken({ sub }));
  expect(await isIn(browser)).toBe(false);
  expect(await origins()).toBe(before - 1);
});

it('the sign-in of a session that ends by itself is deleted with it', async () => {
  const { browser } = await person();
  const { database, broker } = world;
  await database.prisma.artifact.deleteMany({ where: { kind: 'Session' } });
  expect(await isIn(browser)).toBe(false);
  const { pool } = database;
  // Origins of an earlier version have no time of the last use.
  await pool.query(`UPDATE session_origin SET last_seen_at = NULL
    WHERE session_uid = (SELECT max(session_uid) FROM session_origin)`);
  await broker.issuance.prune(new Date(Date.now() + days(13)));
  expect(await database.prisma.sessionOrigin.count()).toBeGreaterThan(0);
  await broker.issuance.prune(new Date(Date.now() + days(15)));
  expect(await database.prisma.sessionOrigin.count()).toBe(0);
});
