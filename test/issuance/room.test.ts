import { beforeAll, describe, expect, it } from 'vitest';
import { type GrantCall, GrantError } from '../../src/issuance/custom-grants.ts';
import { days } from '../../src/kit/clock.ts';
import { freshDatabase } from '../support/database.ts';
import { appBrowser, post, type RelyingApp, registerApp, throughPages } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';

let room: Room;
let app: RelyingApp;

beforeAll(async () => {
  room = await openRoom();
  app = await registerApp(room);
});

it('processes that start together use the same signing keys', async () => {
  const database = await freshDatabase();
  const rooms = await Promise.all([1, 2, 3].map(() => openRoom({ database })));
  const sets = await Promise.all(
    rooms.map(async ({ issuer }) => await (await fetch(`${issuer}/.well-known/jwks.json`)).text()),
  );
  expect(new Set(sets).size).toBe(1);
  expect(await database.prisma.signingKey.count()).toBe(6);
  expect(sets[0]).not.toContain('"d"');
});

describe('a custom grant', () => {
  const type = 'urn:example:grant';

  it('gets the authenticated app and its parameters, and may refuse with OAuth errors', async () => {
    const handler = async ({ clientId, params }: GrantCall) => {
      if (params.subject_token === 'bad')
        throw new GrantError('invalid_target', 'not this one', { status: 403 });
      return { access_token: 'x', issued_to: clientId, given: params.subject_token };
    };
    room.issuance.registerGrant({ type, params: ['subject_token'], handler });
    const form = { grant_type: type, client_id: app.id, client_secret: app.secret ?? '', other: 'left out' };
    const url = `${room.issuer}/oauth/token`;
    expect(await post(url, { ...form, subject_token: 'good' })).toMatchObject({
      status: 200,
      body: { access_token: 'x', issued_to: app.id, given: 'good' },
    });
    expect(await post(url, { ...form, subject_token: 'bad' })).toMatchObject({
      status: 403,
      body: { error: 'invalid_target', error_description: 'not this one' },
    });
    expect((await post(url, { ...form, client_secret: 'wrong' })).status).toBe(401);
    const spa = await registerApp(room, { type: 'spa' });
    expect(await post(url, { grant_type: type, client_id: spa.id })).toMatchObject({
      body: { error: 'unauthorized_client' },
    });
  });
});

describe('pages', () => {
  it('are Chinese on request', async () => {
    const browser = appBrowser();
    const chooser = await browser.open((await app.begin({ ui_locales: 'zh-CN en' })).url);
    expect(chooser.html).toContain('<html lang="zh-CN">');
    expect(chooser.text).toContain('登录');
    const failed = await browser.open(`${room.issuer}/authorize`, { 'accept-language': 'zh-CN' });
    expect(failed.text).toContain('无法处理此请求');
  });

  it('escape untrusted names', async () => {
    const hostile = await registerApp(room, { name: '<img src=x onerror=alert(1)>\u202e"' });
    const browser = appBrowser();
    const chooser = await browser.open((await hostile.begin({ connection: '"><script>x' })).url);
    expect(chooser.html).not.toMatch(/<img src=x|<script/);
    const consent = await throughPages(browser, await browser.open((await hostile.begin()).url));
    expect(consent.stopped).toBe(true);
  });

  it('send the code as a form if the app requests it', async () => {
    const browser = appBrowser();
    const page = await throughPages(browser, await browser.open((await app.begin({ scope: 'openid' })).url));
    expect(page.stopped).toBe(true);
    const posted = await browser.open((await app.begin({ response_mode: 'form_post', scope: 'openid' })).url);
    expect(posted.forms[0]).toMatchObject({ method: 'POST', action: 'https://app.example/cb' });
    expect(Object.fromEntries(posted.forms[0]?.entries ?? [])).toMatchObject({
      code: expect.any(String),
      iss: room.issuer,
    });
    expect(posted.headers.get('content-security-policy')).toMatch(/script-src 'self' 'sha256-/);
  });

  it('have a policy against scripts, framing and leaking', async () => {
    const page = await appBrowser().open((await app.begin()).url);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(page.headers.get('referrer-policy')).toMatch(/^(no-referrer|same-origin)$/);
    expect(page.headers.get('cache-control')).toBe('no-store');
  });
});

it('an internal error discloses nothing', async () => {
  const { tokens } = await app.signIn({ scope: 'openid offline_access' });
  const find = room.people.get;
  room.people.get = () => {
    throw new Error('SELECT secret FROM somewhere');
  };
  const form = {
    grant_type: 'refresh_token',
    client_id: app.id,
    client_secret: app.secret ?? '',
    refresh_token: tokens.refresh_token ?? '',
  };
  const failed = await post(`${room.issuer}/oauth/token`, form);
  const page = await appBrowser().open((await app.begin({ connection: 'wechat' })).url);
  room.people.get = find;
  expect(failed).toMatchObject({ status: 500, body: { error: 'server_error' } });
  expect(failed.text + page.html).not.toMatch(/SELECT|somewhere|\.ts:/);
  expect(page.status).toBe(500);
  expect((await post(`${room.issuer}/oauth/token`, form)).status).toBe(200);
});

it('expired rows are deleted, in batches', async () => {
  const { prisma } = room.database;
  const before = await prisma.artifact.count();
  await room.issuance.prune(new Date());
  expect(await prisma.artifact.count()).toBe(before);
  await room.issuance.revokeApp('app_nobody');
  await room.database.pool.query(`INSERT INTO artifact (kind, id_hash, payload, expires_at)
    SELECT 'Interaction', 'old ' || n, '{}', now() FROM generate_series(1, 5001) n`);
  await room.issuance.prune(new Date(Date.now() + days(400)));
  expect([await prisma.artifact.count(), await prisma.revocation.count()]).toEqual([0, 0]);
});

it('a deleted person leaves no consent behind', async () => {
  await app.signIn({ prompt: 'consent' });
  expect(await room.issuance.consents('usr_lin')).toContainEqual({
    clientId: app.id,
    appName: 'Test app',
    scopes: expect.arrayContaining(['openid', 'email']),
    resources: { [`${room.issuer}/v1`]: expect.arrayContaining(['openid', 'email']) },
    declined: {},
    at: expect.any(Date),
  });
  await room.issuance.eraseUser('usr_lin');
  expect(await room.issuance.consents('usr_lin')).toEqual([]);
});
