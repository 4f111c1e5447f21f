import { SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { appBrowser, callback, type RelyingApp, registerApp, throughPages } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';

let room: Room;
let app: RelyingApp;

beforeAll(async () => {
  room = await openRoom();
  app = await registerApp(room, { redirectUris: [callback] });
});

/** Sends the request byte for byte as a browser would, without following redirects. */
async function authorize(change: (url: URL) => string): Promise<Response> {
  const { url } = await app.begin();
  return await fetch(change(url), { redirect: 'manual', headers: { accept: 'text/html' } });
}

function withParams(changes: Record<string, string | null>): Promise<Response> {
  return authorize((url) => {
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    return url.href;
  });
}

async function expectPage(response: Response, status = 400): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get('location')).toBeNull();
  expect(response.headers.get('content-type')).toContain('text/html');
}

function expectAppError(response: Response, error: string): URL {
  expect(response.status).toBe(303);
  const target = new URL(response.headers.get('location') ?? '');
  expect(target.href.startsWith(callback)).toBe(true);
  expect(target.searchParams.get('error')).toBe(error);
  expect(target.searchParams.get('iss')).toBe(room.issuer);
  expect(target.searchParams.get('state')).toBeTruthy();
  expect(target.searchParams.has('code')).toBe(false);
  return target;
}

describe('redirect_uri is compared byte for byte', () => {
  const cb = 'https://app.example/cb';
  const wrong = {
    'a path with dots, a semicolon or two slashes': [`${cb}/../evil`, `${cb}/./x`, `${cb};x`, `${cb}//x`],
    'an encoded or a control character': [
      'https://app.example/cb%2f..%2fevil',
      'https://app.example/%63b',
      'https://app.example/cb%252f',
      'https://app.example/cb%00',
      'https://app.example/c\tb',
      'https://app.example/cb\n',
    ],
    'another spelling of scheme, host, port or path': [
      'HTTPS://APP.EXAMPLE/cb',
      'https://app.example:443/cb',
      'https://app.example/cb/',
      'https://app.example/CB',
    ],
    'an added query or user name': [
      'https://app.example/cb?foo=bar',
      'https://app.example/cb?',
      'https://user@app.example/cb',
    ],
  };
  for (const [difference, uris] of Object.entries(wrong)) {
    it.each(uris)(`${difference} (%j) gets an error page and no redirect`, async (redirect_uri) => {
      await expectPage(await withParams({ redirect_uri }));
    });
  }
});

it.each([
  'javascript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'http://app.example/cb',
  'https://*.example/cb',
  'https:///cb',
  'https://app.example/cb#x',
  'https://user:pw@app.example/cb',
  'myapp:/cb',
  '/cb',
])('the redirect URI %j cannot be registered', async (uri) => {
  const before = await room.issuance.apps.list({ limit: 200 });
  await expect(registerApp(room, { redirectUris: [uri] })).rejects.toMatchObject({ status: 422 });
  await expect(registerApp(room, { postLogoutRedirectUris: [uri] })).rejects.toMatchObject({ status: 422 });
  expect(await room.issuance.apps.list({ limit: 200 })).toHaveLength(before.length);
});

describe('a native app may use any port of the loopback address that it has registered', () => {
  it.each([
    ['http://127.0.0.1:51004/cb', true],
    ['http://127.0.0.1/cb', true],
    ['http://localhost:51004/cb', false],
    ['http://127.0.0.1.evil.com/cb', false],
    ['http://127.0.0.1:51004.evil.com/cb', false],
    ['http://127.0.0.1:51004@evil.com/cb', false],
    ['http://[::1]:51004/cb', false],
    ['http://2130706433/cb', false],
    ['http://127.0.0.1:99999/cb', false],
    ['http://127.0.0.1:51004/cb?x=1', false],
    ['https://127.0.0.1:51004/cb', false],
  ])('%s: %s', async (redirect_uri, allowed) => {
    const native = await registerApp(room, { type: 'native', redirectUris: ['http://127.0.0.1/cb'] });
    const { url } = await native.begin({ redirect_uri });
    const response = await fetch(url, { redirect: 'manual' });
    expect(response.status).toBe(allowed ? 303 : 400);
    if (allowed) expect(response.headers.get('location')).toMatch(/^\/interaction\//);
  });

  it('an https loopback address cannot be registered, a scheme with a dot can', async () => {
    const native = (uri: string) => registerApp(room, { type: 'native', redirectUris: [uri] });
    await expect(native('https://127.0.0.1/cb')).rejects.toMatchObject({ status: 422 });
    await expect(native('myapp:/cb')).rejects.toMatchObject({ status: 422 });
    const { url } = await (await native('com.example.app:/cb')).begin();
    expect((await fetch(url, { redirect: 'manual' })).status).toBe(303);
  });

  it.each([
    ['web', 'http://127.0.0.1/cb', 'http://127.0.0.1:51004/cb'],
    ['spa', 'http://[::1]/cb', 'http://[::1]:51004/cb'],
    ['native', 'http://localhost/cb', 'http://localhost:51004/cb'],
  ] as const)(
    'no other host has a free port, nor a name that should resolve to loopback: %s, %s',
    async (type, uri, redirect_uri) => {
      const registered = await registerApp(room, { type, redirectUris: [uri] });
      expect((await fetch((await registered.begin()).url, { redirect: 'manual' })).status).toBe(303);
      const { url } = await registered.begin({ redirect_uri });
      await expectPage(await fetch(url, { redirect: 'manual' }));
    },
  );

  it('the bracketed IPv6 address is accepted only if it is registered', async () => {
    const native = await registerApp(room, { type: 'native', redirectUris: ['http://[::1]/cb'] });
    const { url } = await native.begin({ redirect_uri: 'http://[::1]:4711/cb' });
    expect((await fetch(url, { redirect: 'manual' })).status).toBe(303);
  });
});

describe('a parameter sent twice is refused', () => {
  it.each(['client_id', 'redirect_uri'])('%s leads to an error page', async (name) => {
    await expectPage(
      await authorize((url) => `${url.href}&${name}=${encodeURIComponent(url.searchParams.get(name) ?? '')}`),
    );
  });
  it.each(['state', 'scope', 'code_challenge', 'nonce'])('%s leads to an error at the app', async (name) => {
    const response = await authorize((url) => `${url.href}&${name}=a&${name}=b`);
    const location = response.headers.get('location') ?? '';
    expect(new URL(location).searchParams.get('error')).toBe('invalid_request');
  });
  it.each(['code', 'client_id', 'grant_type', 'redirect_uri'])('%s fails at /oauth/token', async (name) => {
    const fixed = {
      grant_type: 'authorization_code',
      client_id: app.id,
      client_secret: app.secret ?? '',
      code: 'x',
      redirect_uri: callback,
    };
    const body = `${new URLSearchParams(fixed)}&${name}=again`;
    const response = await fetch(`${room.issuer}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_request' });
  });
});

it('parameter names with brackets or __proto__ change nothing', async () => {
  const odd = 'redirect_uri[]=x&state[__proto__][x]=1&scope[a]=b&__proto__=1&constructor[prototype][x]=1';
  const response = await authorize((url) => `${url.href}&${odd}`);
  expect(response.status).toBe(303);
  const many = await authorize(
    (url) => `${url.href}${Array.from({ length: 1500 }, (_, index) => `&p${index}=1`).join('')}`,
  );
  expect([303, 400, 414, 431]).toContain(many.status);
  const tooMany = await authorize((url) => `${url.href}${'&p=1'.repeat(10_000)}`);
  expect(tooMany.status).toBe(431);
  expect(Reflect.get({}, 'x')).toBeUndefined();
});

describe('only a code is issued through the browser', () => {
  it.each(['token', 'id_token', 'code token', 'code id_token', 'none', 'toString'])(
    'response_type=%s',
    async (response_type) => {
      const response = await withParams({ response_type, nonce: 'n' });
      const location = response.headers.get('location') ?? '';
      expect(location.startsWith(callback)).toBe(true);
      expect(location).toContain('error=unsupported_response_type');
      expect(location).toContain('state=');
      expect(location).toContain('iss=');
      expect(location).not.toMatch(/[?#&](access_token|id_token|code)=/);
    },
  );
  it('response_type absent', async () => {
    expectAppError(await withParams({ response_type: null }), 'invalid_request');
  });
});

it.each(['fragment', 'web_message', 'query.jwt', 'jwt', 'junk', '__proto__'])(
  'response_mode=%s is refused',
  async (response_mode) => {
    const response = await withParams({ response_mode });
    const location = response.headers.get('location') ?? '';
    expect(location).toMatch(/error=(invalid_request|unsupported_response_mode)/);
    expect(location).not.toContain('code=');
  },
);

describe('the state is returned unchanged', () => {
  it.each(['a\r\nSet-Cookie: x=1', '🀄 emoji', '"><script>', 'nul\0inside', '%00%0d%0a'])(
    '%j',
    async (state) => {
      const browser = appBrowser();
      const { url } = await app.begin({ state });
      const landed = await throughPages(browser, await browser.open(url));
      expect(landed.url.searchParams.get('state')).toBe(state);
      expect(landed.url.searchParams.has('code')).toBe(true);
    },
  );
  it('100 kB are refused', async () => {
    expect((await withParams({ state: 'x'.repeat(100_000) })).status).toBe(431);
  });
});

describe('an unknown scope never widens a grant', () => {
  it('unknown ones are dropped and the rest is granted', async () => {
    const many = Array.from({ length: 300 }, (_, index) => `unknown${index}`).join(' ');
    const { tokens } = await app.signIn({ scope: `openid openid admin idp:github idp:* ${many}` });
    expect(tokens.scope).toBe('openid');
  });
  it('non-ASCII is invalid', async () => {
    expectAppError(await withParams({ scope: 'openid ünicode' }), 'invalid_scope');
  });
});

describe('the resource must be an API that the app may ask for', () => {
  it.each(['https://unknown.example', 'https://other.example', 'https://api.example#x', 'not a uri'])(
    '%s',
    async (resource) => {
      await room.issuance.apis.ensure({ identifier: 'https://other.example', name: 'Not of this app' });
      expectAppError(await withParams({ resource }), 'invalid_target');
      expectAppError(await withParams({ audience: resource }), 'invalid_target');
    },
  );
  it('audience and resource must not differ, nor may one of several be unknown', async () => {
    const broker = `${room.issuer}/v1`;
    await room.issuance.apis.ensure({ identifier: 'https://mine.example', name: 'Mine' });
    await room.issuance.apps.update(app.id, { apis: ['https://mine.example'] });
    expectAppError(
      await withParams({ resource: broker, audience: 'https://mine.example' }),
      'invalid_target',
    );
    expectAppError(
      await authorize((url) => `${url.href}&resource=${broker}&resource=https://unknown.example`),
      'invalid_target',
    );
  });
  it('an API of its own is the audience, together with userinfo if openid is requested', async () => {
    const { tokens } = await app.signIn({ audience: 'https://mine.example', scope: 'openid' });
    const claims = JSON.parse(Buffer.from(tokens.access_token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims.aud).toEqual(['https://mine.example', `${room.issuer}/userinfo`]);
  });
});

it('prompt=none without a session answers login_required, without a page', async () => {
  const before = room.logins.length;
  expectAppError(await withParams({ prompt: 'none', connection: 'wechat' }), 'login_required');
  expect(room.logins).toHaveLength(before);
});

describe('id_token_hint never signs in the person it names', () => {
  it('of another person', async () => {
    room.arriving = { userId: 'usr_mei' };
    const mei = await app.signIn();
    room.arriving = { userId: 'usr_lin' };
    const { browser } = await app.signIn();
    const hint = mei.tokens.id_token ?? '';
    const silent = await browser.open((await app.begin({ prompt: 'none', id_token_hint: hint })).url);
    expect(silent.url.searchParams.get('error')).toBe('login_required');
    const shown = await browser.open((await app.begin({ id_token_hint: hint })).url);
    expect(shown.stopped).toBe(false);
  });
  it('alg none, of another app, or nonsense', async () => {
    const other = await registerApp(room, { name: 'Other' });
    const { tokens, browser } = await other.signIn();
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${tokens.id_token?.split('.')[1]}.`;
    const hmac = await new SignJWT({ sub: 'usr_mei', aud: app.id, iss: room.issuer })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.from(app.secret ?? ''));
    for (const hint of [none, hmac, tokens.id_token ?? '', 'nonsense']) {
      const page = await browser.open((await app.begin({ prompt: 'none', id_token_hint: hint })).url);
      expect(page.url.searchParams.get('error')).toBe('invalid_request');
    }
  });
});

describe('a connection that cannot be used is refused by name, and no other is tried', () => {
  it.each(['linkonly', 'unknown', '<b>x', '__proto__'])('%s', async (connection) => {
    const before = room.logins.length;
    const browser = appBrowser();
    const page = await browser.open((await app.begin({ connection })).url);
    expect(page.status).toBe(400);
    expect(page.text).toContain(connection);
    expect(page.html).not.toContain('<b>x');
    expect(room.logins).toHaveLength(before);
    expect((await throughPages(browser, page)).url.searchParams.has('code')).toBe(true);
  });
  it('a connection that fails to start is not started again and again', async () => {
    room.arriving = { broken: true };
    const page = await appBrowser().open((await app.begin({ connection: 'wechat' })).url);
    expect(page.status).toBe(502);
    expect(page.forms[0]?.buttons).toHaveLength(2);
    room.arriving = { userId: 'usr_lin' };
  });
});

it('forms are answered with 303', async () => {
  const fresh = await registerApp(room, { name: 'Fresh' });
  const browser = appBrowser();
  const consent = await browser.submit(await browser.open((await fresh.begin()).url));
  const landed = await browser.submit(consent);
  for (const { status } of [...consent.hops, ...landed.hops]) expect(status).toBe(303);
});

it('a bad scope does not redirect a visitor to the app without a sign-in', async () => {
  const page = await appBrowser().open((await app.begin({ scope: 'openid no-such-scope' })).url);
  expect(page.stopped).toBe(false);
  expect(page.status).toBe(200);
});

it('a request_uri that no app has pushed is refused, and no address is fetched', async () => {
  const uri = 'urn:ietf:params:oauth:request_uri:x';
  expectAppError(await withParams({ request_uri: uri }), 'invalid_request_uri');
  expectAppError(await withParams({ request_uri: `${room.issuer}/r` }), 'request_uri_not_supported');
  expectAppError(await withParams({ request: 'e30.e30.' }), 'invalid_request_object');
  expect((await fetch(`${room.issuer}/request`, { method: 'POST' })).status).toBe(404);
});

describe('PKCE', () => {
  it('is required, and only S256', async () => {
    expectAppError(
      await withParams({ code_challenge: null, code_challenge_method: null }),
      'invalid_request',
    );
    expectAppError(await withParams({ code_challenge_method: 'plain' }), 'invalid_request');
    expectAppError(await withParams({ code_challenge_method: null }), 'invalid_request');
  });
});

it('URLs come from the configuration, whatever the Host header is', async () => {
  const { url } = await app.begin();
  const headers = {
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    forwarded: 'host=evil.example',
  };
  const browser = appBrowser();
  const page = await browser.open(url, headers);
  expect(page.url.origin).toBe(room.issuer);
  const metadata = await fetch(`${room.issuer}/.well-known/openid-configuration`, { headers });
  expect(await metadata.text()).not.toContain('evil');
});

it('an unknown method is 405 with Allow, and an additional slash 404', async () => {
  const wrong = await fetch(`${room.issuer}/oauth/token`);
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
  for (const [path, allowed] of [
    ['oauth/token', 'POST, OPTIONS'],
    ['userinfo', 'GET, HEAD, POST, OPTIONS'],
    ['.well-known/jwks.json', 'GET, HEAD, OPTIONS'],
  ]) {
    const options = await fetch(`${room.issuer}/${path}`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, allowed]);
  }
  expect((await fetch(`${room.issuer}/authorize`, { method: 'DELETE' })).status).toBe(405);
  expect((await fetch(`${room.issuer}/authorize/`)).status).toBe(404);
  expect((await fetch(`${room.issuer}/AUTHORIZE`)).status).toBe(404);
});

it('POST to the authorization endpoint is redirected as GET', async () => {
  const { url } = await app.begin();
  const response = await fetch(`${room.issuer}/authorize`, {
    method: 'POST',
    body: url.searchParams,
    redirect: 'manual',
  });
  expect(response.status).toBe(303);
  const page = await appBrowser().open(new URL(response.headers.get('location') ?? '', room.issuer));
  expect(page.status).toBe(200);
});
