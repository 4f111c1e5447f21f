import { createHmac } from 'node:crypto';
import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { createBrowser } from '../support/browser.ts';
import { appBrowser, callback, type RelyingApp, registerApp, throughPages } from './support/relying-app.ts';
import { arrived, openRoom, type Room } from './support/room.ts';

let room: Room;
let app: RelyingApp;
const goodbye = 'https://app.example/bye';

beforeAll(async () => {
  room = await openRoom();
  app = await registerApp(room, { postLogoutRedirectUris: [goodbye] });
});

async function signedIn(params: Record<string, string> = {}) {
  const browser = createBrowser({ stopAt: [callback, goodbye] });
  const { tokens } = await app.signIn(params, browser);
  return { browser, tokens };
}

async function isSignedIn(browser: ReturnType<typeof createBrowser>): Promise<boolean> {
  const page = await browser.open((await app.begin({ prompt: 'none' })).url);
  return page.url.searchParams.has('code');
}

describe('cookies', () => {
  it('on https: __Host- or bound to their path, Secure, HttpOnly, Lax; ids long and stored hashed', async () => {
    const secure = await openRoom({ issuer: 'https://broker.example' });
    const { app: registered } = await secure.issuance.apps.create({
      name: 'S',
      type: 'web',
      redirectUris: [callback],
    });
    const { url } = await app.begin({ client_id: registered.id });
    const response = await fetch(`${secure.address}${url.pathname}${url.search}`, {
      redirect: 'manual',
      headers: { 'x-forwarded-proto': 'http' },
    });
    expect(response.status).toBe(303);
    const cookies = response.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^(__Host-symbolon_sso|__Secure-symbolon_(interaction|resume))(\.sig)?=/);
      expect(cookie).toMatch(/; secure/i);
      expect(cookie).toMatch(/; httponly/i);
      expect(cookie).toMatch(/; samesite=lax/i);
      expect(cookie).not.toMatch(/; domain/i);
      if (cookie.startsWith('__Host-')) expect(cookie).toMatch(/; path=\/(;|$)/);
    }
  });
  it('no id, code, token or secret of a whole sign-in is in the database or the log', async () => {
    const own = await openRoom();
    const client = await registerApp(own);
    const browser = appBrowser();
    const attempt = await client.begin({ scope: 'openid offline_access' });
    const consent = await browser.submit(await browser.open(attempt.url));
    const uid = consent.url.pathname.split('/').at(-1) ?? '';
    const landed = await browser.submit(consent);
    const tokens = await attempt.redeem(landed.url);
    await browser.open(
      `${own.issuer}/authorize?${(await client.begin({ id_token_hint: tokens.id_token ?? '', prompt: 'login' })).url.searchParams}`,
    );
    await browser.open(`${own.issuer}/oidc/logout`);
    const session = browser.cookies.get('symbolon_sso') ?? '';
    expect(session.length).toBeGreaterThanOrEqual(21);
    const dump = await dumpOf(own);
    const secrets = [
      session,
      uid,
      landed.url.searchParams.get('code') ?? '',
      tokens.access_token,
      decodeJwt(tokens.access_token).jti ?? '',
      tokens.refresh_token ?? '',
      tokens.id_token ?? '',
      client.secret ?? '',
      attempt.verifier,
    ];
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(16);
      expect(dump.includes(secret), secret).toBe(false);
    }
  });
});

async function dumpOf({ database, logLines }: Room): Promise<string> {
  const { rows } = await database.pool.query<{ tablename: string }>(
    `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`,
  );
  const tables = await Promise.all(
    rows.map(({ tablename }) => database.pool.query(`SELECT * FROM "${tablename}"`)),
  );
  // Logs contain paths, and the path of an interaction contains its uid, which is worthless without the
  // signed cookie.
  const log = logLines.join('').replace(/\/(interaction|authorize)\/[\w-]+/g, '');
  const text = (value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : JSON.stringify(value);
  return (
    tables.flatMap(({ rows: lines }) => lines.flatMap((line) => Object.values(line).map(text))).join('\n') +
    log
  );
}

describe('an interaction belongs to one browser', () => {
  it('another browser, a guessed id and a finished interaction are refused', async () => {
    const mine = appBrowser();
    const page = await mine.open((await app.begin()).url);
    const stranger = appBrowser();
    expect((await stranger.open(page.url)).status).toBe(400);
    expect((await stranger.submit(page)).status).toBe(400);

    const second = await stranger.open((await app.begin()).url);
    expect((await mine.open(second.url)).status).toBe(400);
    expect((await mine.open(`${room.issuer}/interaction/guessed`)).status).toBe(400);

    const landed = await throughPages(mine, page);
    expect(landed.stopped).toBe(true);
    expect((await mine.open(page.url)).status).toBe(400);
    const resumed = await mine.open(page.url.href.replace('/interaction/', '/authorize/'));
    expect([resumed.status, resumed.stopped]).toEqual([400, false]);
  });

  it('the cookie of one interaction opens no other, and an invented cookie opens none', async () => {
    const browser = appBrowser();
    const first = await browser.open((await app.begin()).url);
    const second = await browser.open((await app.begin()).url);
    const uid = second.url.pathname.split('/').at(-1);
    const forged = `symbolon_interaction=${uid}; symbolon_interaction.sig=${createHmac('sha1', 'x').update('y').digest('base64url')}`;
    expect((await fetch(second.url, { headers: { cookie: forged } })).status).toBe(400);
    expect((await fetch(second.url, { headers: { cookie: `symbolon_interaction=${uid}` } })).status).toBe(
      400,
    );
    expect(first.url.href).not.toBe(second.url.href);
    expect((await throughPages(browser, first)).stopped).toBe(true);
    expect((await throughPages(browser, second)).stopped).toBe(true);
  });

  it('a sign-in for an interaction that has ended is refused', async () => {
    await expect(room.issuance.finishLogin('gone', arrived('usr_lin'))).rejects.toMatchObject({
      status: 400,
    });
    const fresh = await registerApp(room);
    const browser = appBrowser();
    const consent = await browser.submit(await browser.open((await fresh.begin()).url));
    const uid = consent.url.pathname.split('/').at(-1) ?? '';
    await expect(room.issuance.finishLogin(uid, arrived('usr_mei'))).rejects.toMatchObject({ status: 400 });
    const before = room.logins.length;
    const form = { ...consent.forms[0], action: `/interaction/${uid}/connect` };
    const page = { ...consent, forms: [{ method: 'POST', entries: [], buttons: [], fields: {}, ...form }] };
    expect((await browser.submit(page, { fields: { connection: 'wechat' } })).status).toBe(400);
    expect(room.logins).toHaveLength(before);
  });

  it('a sign-in completed in another browser signs no person in here', async () => {
    const attacker = appBrowser();
    const page = await attacker.open((await app.begin()).url);
    const uid = page.url.pathname.split('/').at(-1) ?? '';
    const next = await room.issuance.finishLogin(uid, arrived('usr_lin'));
    const victim = appBrowser();
    const resumed = await victim.open(next);
    expect([resumed.status, resumed.stopped]).toEqual([400, false]);
  });
});

describe('forms are accepted from the broker’s own pages only:', () => {
  it.each([
    [{ origin: 'https://evil.example' }, {}],
    [{ 'sec-fetch-site': 'cross-site' }, {}],
    [{ origin: 'null' }, {}],
    [{}, { csrf_token: '' }],
    [{}, { csrf_token: 'x'.repeat(43) }],
  ])('%j %j', async (headers, fields) => {
    const fresh = await registerApp(room);
    const browser = appBrowser();
    const login = await browser.open((await fresh.begin()).url);
    expect((await browser.submit(login, { headers, fields })).status).toBe(403);
    const consent = await browser.submit(login);
    expect((await browser.submit(consent, { headers, fields })).status).toBe(403);
    expect(await room.issuance.consents('usr_lin')).not.toContainEqual(
      expect.objectContaining({ clientId: fresh.id }),
    );
  });
  it('the token of one interaction is invalid for another', async () => {
    const browser = appBrowser();
    const one = await browser.open((await app.begin()).url);
    const other = await browser.open((await app.begin()).url);
    const fields = { csrf_token: one.forms[0]?.fields.csrf_token ?? '' };
    expect((await browser.submit(other, { fields })).status).toBe(403);
  });
  it('a consent needs a decision', async () => {
    const fresh = await registerApp(room);
    const browser = appBrowser();
    const consent = await browser.submit(await browser.open((await fresh.begin()).url));
    expect((await browser.submit(consent, { fields: { decision: 'maybe' } })).status).toBe(400);
  });
});

it('a session gets a new id at each sign-in', async () => {
  const { browser } = await signedIn();
  const before = browser.cookies.get('symbolon_sso');
  await app.signIn({ prompt: 'login' }, browser);
  expect(browser.cookies.get('symbolon_sso')).not.toBe(before);
  const planted = appBrowser();
  const first = await planted.open((await app.begin()).url);
  const offered = planted.cookies.get('symbolon_sso');
  await throughPages(planted, first);
  expect(planted.cookies.get('symbolon_sso')).not.toBe(offered);
});

describe('prompt and max_age', () => {
  it('prompt=login leads to a newer auth_time', async () => {
    const { browser, tokens } = await signedIn({ prompt: 'login' });
    const first = tokens.claims()?.auth_time ?? 0;
    await room.database.pool.query(
      `UPDATE artifact SET payload = jsonb_set(payload::jsonb, '{loginTs}', to_jsonb($1::int))::text WHERE kind = 'Session'`,
      [first - 100],
    );
    await room.adopt();
    const again = await app.signIn({ prompt: 'login' }, browser);
    expect(again.tokens.claims()?.auth_time).toBeGreaterThanOrEqual(first);
    const old = await app.signIn({ max_age: '10000' }, browser);
    expect(old.tokens.claims()?.auth_time).toBe(again.tokens.claims()?.auth_time);
  });
  it('an exceeded max_age leads to a new sign-in at the provider', async () => {
    const { browser } = await signedIn();
    await room.database.pool.query(
      `UPDATE artifact SET payload = jsonb_set(payload::jsonb, '{loginTs}', '1000')::text WHERE kind = 'Session'`,
    );
    await room.adopt();
    const before = room.logins.length;
    await app.signIn({ max_age: '60' }, browser);
    expect(room.logins.slice(before)).toMatchObject([{ forceLogin: true }]);
  });
  it('select_account shows the chooser', async () => {
    const { browser } = await signedIn();
    const page = await browser.open((await app.begin({ prompt: 'select_account' })).url);
    expect(page.forms[0]?.buttons.length).toBe(2);
    expect((await throughPages(browser, page)).url.searchParams.has('code')).toBe(true);
  });
  it('consent may be requested again', async () => {
    const { browser } = await signedIn();
    const page = await browser.open((await app.begin({ prompt: 'consent' })).url);
    expect(page.text).toContain('Test app');
    expect((await browser.submit(page)).url.searchParams.has('code')).toBe(true);
  });
});

describe('a sign-out requires the person’s confirmation:', () => {
  it('the URL alone does nothing', async () => {
    const { browser } = await signedIn();
    const page = await browser.open(`${room.issuer}/oidc/logout`, { 'sec-fetch-dest': 'image' });
    expect(page.status).toBe(200);
    expect(await isSignedIn(browser)).toBe(true);
    const gone = await browser.submit(await browser.open(`${room.issuer}/oidc/logout`));
    expect(gone.text).toContain('signed out');
    expect(await isSignedIn(browser)).toBe(false);
  });
  it('nor does a form of another site', async () => {
    const { browser } = await signedIn();
    const page = await browser.open(`${room.issuer}/oidc/logout`);
    expect((await browser.submit(page, { fields: { xsrf: 'guess' } })).status).toBe(400);
    expect(await isSignedIn(browser)).toBe(true);
  });
});

describe('a sign-out redirects', () => {
  const logout = (params: Record<string, string>) =>
    `${room.issuer}/oidc/logout?${new URLSearchParams(params)}`;

  it('to the registered address, with the state', async () => {
    const { browser, tokens } = await signedIn();
    const left = await browser.open(
      logout({ id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: goodbye, state: 's1' }),
    );
    expect(left.url.href).toBe(`${goodbye}?state=s1`);
    expect(await isSignedIn(browser)).toBe(false);
    // The session has ended, so no confirmation is needed.
    const again = await browser.open(logout({ id_token_hint: tokens.id_token ?? '' }));
    expect(again.forms.length).toBe(1);
  });

  it('without an address to a page of the broker, and the tokens of the session are revoked', async () => {
    const { browser, tokens } = await signedIn();
    const left = await browser.open(logout({ id_token_hint: tokens.id_token ?? '' }));
    expect([left.status, left.text.includes('signed out')]).toEqual([200, true]);
    const userinfo = await fetch(`${room.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(userinfo.status).toBe(401);
  });

  it('to a confirmation if the ID token is of another person, app or session', async () => {
    const mine = await signedIn();
    room.arriving = { userId: 'usr_mei' };
    const person = await signedIn();
    room.arriving = { userId: 'usr_lin' };
    const another = await registerApp(room, {
      postLogoutRedirectUris: [goodbye],
      // The ID tokens of this app state their session.
      backchannelLogoutUri: 'https://localhost:9/',
    });
    const elsewhere = await another.signIn();
    const ask = async (hint = '') => {
      const page = await mine.browser.open(
        logout({ id_token_hint: hint, post_logout_redirect_uri: goodbye }),
      );
      expect([page.status, page.stopped, page.text.includes('Sign out?')]).toEqual([200, false, true]);
      expect(await isSignedIn(mine.browser)).toBe(true);
      return page;
    };
    await ask(person.tokens.id_token);
    await ask(elsewhere.tokens.id_token);
    await another.signIn({}, mine.browser);
    // The person confirms after all.
    const left = await mine.browser.submit(await ask(elsewhere.tokens.id_token));
    expect(left.url.href).toBe(goodbye);
  });

  it.each(['https://evil.example', `${goodbye}?x=1`, `${goodbye}/`, 'javascript:alert(1)'])(
    'never to %s',
    async (uri) => {
      const { browser, tokens } = await signedIn();
      const page = await browser.open(
        logout({ id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: uri }),
      );
      expect([page.status, page.stopped]).toEqual([400, false]);
      expect(page.hops).toEqual([]);
      expect(await isSignedIn(browser)).toBe(true);
    },
  );

  it('nowhere with a foreign hint', async () => {
    const { browser, tokens } = await signedIn();
    const [, payload = ''] = (tokens.id_token ?? '').split('.');
    const other = JSON.stringify({ ...decodeJwt(tokens.id_token ?? ''), iss: 'https://other.example' });
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const hint of [
      `${none}.${payload}.`,
      `${none}.${Buffer.from(other).toString('base64url')}.`,
      (tokens.id_token ?? '').replace(/.{8}$/, 'AAAAAAAA'),
      'nonsense',
    ]) {
      const page = await browser.open(logout({ id_token_hint: hint, post_logout_redirect_uri: goodbye }));
      expect([page.status, page.stopped]).toEqual([400, false]);
    }
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('to no address of the request without a hint', async () => {
    const { browser } = await signedIn();
    const page = await browser.submit(await browser.open(logout({ post_logout_redirect_uri: goodbye })));
    expect(page.stopped).toBe(false);
    expect(page.text).toContain('signed out');
  });
});

it('a sign-out and a sign-in at the same time leave no valid session', async () => {
  for (let round = 0; round < 8; round += 1) {
    const { browser } = await signedIn();
    const confirm = await browser.open(`${room.issuer}/oidc/logout`);
    const login = await browser.open((await app.begin({ prompt: 'login' })).url);
    const old = browser.cookies.get('symbolon_sso');
    const [left] = await Promise.all([
      browser.submit(confirm),
      throughPages(browser, login).catch(() => undefined),
    ]);
    // The sign-in may have been first; then the form is out of date and says so.
    const signedOut = left.text.includes('signed out');
    expect(signedOut || left.status === 400).toBe(true);
    if (signedOut) expect(await isSignedIn(browser)).toBe(false);
    const stale = await fetch((await app.begin({ prompt: 'none' })).url, {
      redirect: 'manual',
      headers: { cookie: `symbolon_sso=${old}; symbolon_sso.sig=x` },
    });
    expect(stale.headers.get('location')).toContain('login_required');
  }
});
