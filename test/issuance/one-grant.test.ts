import * as client from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { days, hours, minutes, seconds } from '../../src/kit/clock.ts';
import type { Browser } from '../support/browser.ts';
import { appBrowser, type RelyingApp, registerApp, throughPages } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';
import { createTokenEndpoint, offline, refreshForm } from './support/token-endpoint.ts';

// RFC 7009 section 2.1 and RFC 6749 section 4.1.2 speak of one authorization. An app that signs in twice in
// the same browser has two, and revoking the older does not affect the newer.

let room: Room;
let app: RelyingApp;
let endpoint: ReturnType<typeof createTokenEndpoint>;

beforeAll(async () => {
  room = await openRoom();
  app = await registerApp(room);
  endpoint = createTokenEndpoint(room);
});

async function twice(of = app, params: Record<string, string> = offline) {
  const { tokens: older, browser } = await of.signIn(params);
  const { tokens: newer } = await of.signIn(params, browser);
  return { older, newer, browser };
}

const refresh = (token: unknown, of = app) => endpoint.send(refreshForm(token, of));

async function code(browser: Browser, of = app, params: Record<string, string> = offline) {
  const attempt = await of.begin(params);
  const { url } = await throughPages(browser, await browser.open(attempt.url));
  return { attempt, url };
}

const grants = (of: RelyingApp) =>
  room.database.prisma.artifact.count({ where: { kind: 'Grant', clientId: of.id } });

describe('revoking one authorization keeps the other', () => {
  it.each(['jwt', 'opaque'] as const)('when the older pair is revoked (%s)', async (format) => {
    const own = await registerApp(room, { accessTokenFormat: format });
    for (const kind of ['refresh_token', 'access_token'] as const) {
      const { older, newer } = await twice(own);
      await client.tokenRevocation(own.config, older[kind] ?? '');
      expect(await endpoint.isAlive(older.access_token)).toBe(false);
      expect(await endpoint.isAlive(newer.access_token)).toBe(true);
      expect((await refresh(newer.refresh_token, own)).status).toBe(200);
    }
  });

  it('when the older refresh token is used again after its rotation', async () => {
    const { older, newer } = await twice();
    const rotated = await refresh(older.refresh_token);
    room.clock.advance(seconds(31));
    expect((await refresh(older.refresh_token)).status).toBe(400);
    expect((await refresh(rotated.body.refresh_token)).status).toBe(400);
    expect(await endpoint.isAlive(newer.access_token)).toBe(true);
    expect((await refresh(newer.refresh_token)).status).toBe(200);
  });

  it('when the older code is used again', async () => {
    const browser = appBrowser();
    const first = await code(browser);
    const older = await first.attempt.redeem(first.url);
    const { tokens: newer } = await app.signIn(offline, browser);
    await expect(first.attempt.redeem(first.url)).rejects.toThrow();
    expect((await refresh(older.refresh_token)).status).toBe(400);
    expect(await endpoint.isAlive(newer.access_token)).toBe(true);
    expect((await refresh(newer.refresh_token)).status).toBe(200);
  });
});

describe('two parallel requests in one browser', () => {
  it.each(['openid', offline.scope])(
    'get codes that both work, whichever is redeemed first (%s)',
    async (scope) => {
      const browser = appBrowser();
      await app.signIn({ scope }, browser);
      const one = await code(browser, app, { scope });
      const two = await code(browser, app, { scope });
      const second = await two.attempt.redeem(two.url);
      const first = await one.attempt.redeem(one.url);
      for (const tokens of [first, second]) expect(await endpoint.isAlive(tokens.access_token)).toBe(true);
    },
  );

  it('get opaque tokens bound to the session that work independently', async () => {
    const own = await registerApp(room, { accessTokenFormat: 'opaque' });
    const { older, newer } = await twice(own, { scope: 'openid' });
    expect(await endpoint.isAlive(older.access_token)).toBe(true);
    expect(await endpoint.isAlive(newer.access_token)).toBe(true);
  });
});

describe('revoking several authorizations revokes all of them', () => {
  const ways = {
    'consent withdrawn': () => room.issuance.withdrawConsent('usr_lin', app.id),
    'the person signed out everywhere': () => room.issuance.signOut('usr_lin'),
    'the person disabled': () => room.issuance.revokeUser('usr_lin'),
    'the app ended': () => room.issuance.revokeApp(app.id),
  };

  it.each(Object.entries(ways))('%s', async (_name, end) => {
    const { older, newer, browser } = await twice(app, { scope: 'openid' });
    const pending = await code(browser, app, { scope: 'openid' });
    await end();
    expect(await endpoint.isAlive(older.access_token)).toBe(false);
    expect(await endpoint.isAlive(newer.access_token)).toBe(false);
    await expect(pending.attempt.redeem(pending.url)).rejects.toThrow();
  });

  it('when the session is signed out; a grant with offline_access stays', async () => {
    const browser = appBrowser();
    const { tokens: older } = await app.signIn({ scope: 'openid' }, browser);
    const { tokens: lasting } = await app.signIn(offline, browser);
    const { tokens: newer } = await app.signIn({ scope: 'openid' }, browser);
    const left = await browser.submit(await browser.open(`${room.issuer}/oidc/logout`));
    expect(left.text).toContain('signed out');
    expect(await endpoint.isAlive(older.access_token)).toBe(false);
    expect(await endpoint.isAlive(newer.access_token)).toBe(false);
    expect((await refresh(lasting.refresh_token)).status).toBe(200);
  });
});

it('when a grant was made by the previous version, which stored no session', async () => {
  const own = await registerApp(room);
  const { tokens, browser } = await own.signIn({ scope: 'openid' });
  const unknown = `UPDATE artifact SET uid = NULL WHERE kind = 'Grant' AND client_id = $1`;
  await room.database.pool.query(unknown, [own.id]);
  await room.adopt();
  expect(await endpoint.isAlive(tokens.access_token)).toBe(true);
  await browser.submit(await browser.open(`${room.issuer}/oidc/logout`));
  expect(await endpoint.isAlive(tokens.access_token)).toBe(false);
});

describe('the number of grants', () => {
  it('does not grow by a page that renews with prompt=none', async () => {
    const own = await registerApp(room);
    const browser = appBrowser();
    await own.signIn({ scope: 'openid' }, browser);
    for (let times = 0; times < 5; times += 1) await own.signIn({ scope: 'openid', prompt: 'none' }, browser);
    expect(await grants(own)).toBe(6);
    await room.issuance.prune(new Date(Date.now() + hours(26)));
    expect(await grants(own)).toBe(0);
  });

  it('shrinks when an abandoned authorization ends, and one that refreshes stays', async () => {
    const own = await registerApp(room);
    const { tokens, browser } = await own.signIn(offline);
    await code(browser, own, { scope: 'openid' });
    expect(await grants(own)).toBe(2);
    await room.issuance.prune(new Date(Date.now() + hours(3)));
    expect(await grants(own)).toBe(1);
    const { body } = await refresh(tokens.refresh_token, own);
    const [grant] = await room.database.prisma.artifact.findMany({
      where: { kind: 'Grant', clientId: own.id },
    });
    const end = grant?.expiresAt?.getTime() ?? 0;
    expect(end).toBeGreaterThan(Date.now() + days(30));
    // The previous version reads the value here.
    expect(JSON.parse(grant?.payload ?? '{}').exp).toBe(Math.floor(end / 1000));
    expect((await refresh(body.refresh_token, own)).status).toBe(200);
  });

  it('shrinks with a code that the app never redeems, though it has asked for offline_access', async () => {
    const own = await registerApp(room);
    const { tokens, browser } = await own.signIn(offline);
    await code(browser, own, offline);
    expect(await grants(own)).toBe(2);
    await room.issuance.prune(new Date(Date.now() + minutes(2)));
    expect(await grants(own)).toBe(1);
    expect((await refresh(tokens.refresh_token, own)).status).toBe(200);
  });

  it('and the rest of a sign-in are gone when its last token has ended', async () => {
    const own = await registerApp(room);
    const { tokens, browser } = await own.signIn(offline);
    await refresh(tokens.refresh_token, own);
    await own.signIn({ scope: 'openid' }, browser);
    const { pool } = room.database;
    const read = `SELECT kind, max(ceil(extract(epoch FROM expires_at - now()) / 3600))::int AS hours,
      count(*) FILTER (WHERE expires_at IS NULL)::int AS endless, max(pg_column_size(artifact)) < 1000 AS small
      FROM artifact WHERE client_id = $1 OR kind = 'Session' GROUP BY kind ORDER BY kind`;
    await room.issuance.prune(new Date(Date.now() + minutes(2)));
    const { rows } = await pool.query(read, [own.id]);
    expect(rows).toEqual([
      { kind: 'Grant', hours: 31 * 24, endless: 0, small: true },
      { kind: 'RefreshToken', hours: 30 * 24, endless: 0, small: true },
      { kind: 'Session', hours: 14 * 24, endless: 0, small: true },
    ]);
    await room.issuance.prune(new Date(Date.now() + days(31)));
    expect((await pool.query(read, [own.id])).rows).toEqual([]);
  });

  it('covers the longest lifetime of an issued token', async () => {
    const own = await registerApp(room, { accessTokenLifetime: 24 * 3600 });
    await own.signIn({ scope: 'openid' });
    const { expiresAt } = await room.database.prisma.artifact.findFirstOrThrow({
      where: { kind: 'Grant', clientId: own.id },
    });
    expect(expiresAt?.getTime()).toBeGreaterThan(Date.now() + hours(24));
  });
});

it('needs one consent for both', async () => {
  const own = await registerApp(room);
  const { browser } = await own.signIn(offline);
  const again = await browser.open((await own.begin({ ...offline, prompt: 'none' })).url);
  expect(again.url.searchParams.has('code')).toBe(true);
});
