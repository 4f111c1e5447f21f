import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { findConnector, providers } from '../../src/connectors/registry.ts';
import { isNeverSent } from '../../src/issuance/registry/proxy-headers.ts';
import { findProxyRule } from '../../src/issuance/registry/proxy-rules.ts';
import { partialHeaders, usualHeaders } from '../../src/retrieval/proxy/allowed-headers.ts';
import { targetOf } from '../../src/retrieval/proxy/target.ts';
import { atEnd } from '../support/at-end.ts';
import { createWorld, type World } from '../support/world.ts';
import { createProxyApp, type RawCall, type RunningApi, rawCall, startApi } from './proxy-stage.ts';

// An app asks the proxy for more than its policy allows, by other names and other spellings. The inputs are harmless: each
// test shows what leaves for the provider.

let api: RunningApi;
let world: World;

const tokenIn = (authorization: string | undefined) => (authorization ?? '').replace(/^Bearer /, '');
const spelled = (token: string) =>
  Array.from(token, (sign, index) => {
    const code = sign.charCodeAt(0).toString(16).padStart(2, '0');
    return [`\\u00${code.toUpperCase()}`, sign, `%${code}`, `&#${sign.charCodeAt(0)};`][index % 4];
  }).join('');

beforeAll(async () => {
  api = await startApi({
    '/base/echo': ({ headers, url, method }) => ({ body: [JSON.stringify({ headers, url, method })] }),
    '/base/open/a': () => ({ body: ['{}'] }),
    '/base/spelled': ({ headers }) => {
      const text = spelled(tokenIn(headers.authorization));
      const cut = Math.floor(text.length / 2) + 1;
      return { headers: { 'x-next': `/?t=${text}` }, body: ['<', text.slice(0, cut), text.slice(cut), '>'] };
    },
    '/base/packed': ({ headers, url }) => ({
      headers: { 'content-encoding': url.split('?')[1] ?? '' },
      body: [gzipSync(String(headers.authorization))],
    }),
    '/base/named': ({ headers }) => ({
      headers: { 'content-encoding': 'utf-8' },
      body: [`<${tokenIn(headers.authorization)}>`],
    }),
    '/base/obeyed': () => ({
      headers: {
        'x-accel-redirect': '/files',
        'x-sendfile': '/files/a',
        'symbolon-other': '1',
        'x-kept': '1',
      },
      body: ['{}'],
    }),
  });
  world = await createWorld({ allowedPrivateHosts: [api.host] });
  const google = world.lab.connections().find(({ name }) => name === 'google');
  await world.broker.connections.change('google', {
    client_secret: google?.clientSecret ?? '',
    endpoints: { ...google?.endpoints, api: api.url },
    reason: 'an API of the test',
  });
});

atEnd(async () => await api.close());

const methods = ['GET', 'POST', 'PATCH'] as const;

type Line = NonNullable<Parameters<typeof createProxyApp>[2]>;
const apps = new Map<string, ReturnType<typeof signIn>>();

/** Returns an app with this policy, the same one each time, and a function that makes its calls. */
function proxied(path = '/**', line: Line = {}): ReturnType<typeof signIn> {
  const key = JSON.stringify([path, line]);
  const known = apps.get(key) ?? signIn(path, line);
  apps.set(key, known);
  return known;
}

async function signIn(path: string, line: Line) {
  const app = await createProxyApp(world, { google: [{ methods, path }] }, line);
  const { access_token } = await app.signIn({ connection: 'google', user: 'ada' });
  const call = async (to: string, { headers, ...rest }: RawCall = {}) => {
    const before = api.seen.length;
    const answer = await rawCall(world.issuer, `/v1/me/identities/google/proxy${to}`, {
      ...rest,
      headers: { ...headers, authorization: `Bearer ${access_token}` },
    });
    return { ...answer, seen: api.seen.slice(before) };
  };
  return { app, call };
}

describe('request headers', () => {
  it('reach the provider only if they are on the list, by their exact names', async () => {
    const { call } = await proxied();
    const given = [
      'X_Original_URL',
      'X_Forwarded_Host',
      'X-Forwarded-Host',
      'X_Http_Method_Override',
      'X-HTTP-Method',
      'X-Method-Override',
      'X-RestLi-Method',
      'X_RestLi_Method',
      'If_None_Match',
      'Content_Type',
      'Sudo',
      'As-User',
      'Dropbox-API-Select-User',
      'Private-Token',
      'Accept-Charset',
      'X-Unknown',
    ];
    const { status, seen } = await call('/echo', {
      method: 'POST',
      headers: Object.fromEntries(given.map((name) => [name, 'given-by-app'])),
    });
    expect(status).toBe(200);
    expect(JSON.stringify(seen)).not.toContain('given-by-app');
  });

  it('that the APIs of providers know are passed on', async () => {
    const { call } = await proxied();
    const allowed = usualHeaders.filter((name) => name !== 'content-encoding');
    const headers = Object.fromEntries(allowed.map((name, index) => [name, `value ${index}`]));
    const { seen } = await call('/echo', { headers });
    expect(seen[0]?.headers).toMatchObject(headers);
  });

  it('include those that the connector of the provider names', async () => {
    const { call } = await proxied();
    const headers = { 'X-Goog-User-Project': 'p-1', 'Sforce-Call-Options': 'client=x' };
    const { seen } = await call('/echo', { headers });
    expect(seen[0]?.headers['x-goog-user-project']).toBe('p-1');
    expect(seen[0]?.headers['sforce-call-options']).toBeUndefined();
  });

  it('include those that the policy names for this app, and for no other', async () => {
    const headers = { 'X-Tenant-Number': '7' };
    const one = await proxied('/**', { proxyHeaders: ['X-Tenant-Number'] });
    expect((await one.call('/echo', { headers })).seen[0]?.headers['x-tenant-number']).toBe('7');
    const other = await proxied();
    expect((await other.call('/echo', { headers })).seen[0]?.headers['x-tenant-number']).toBeUndefined();
  });

  it.each([
    'Authorization',
    'X-HTTP-Method-Override',
    'X-RestLi-Method',
    'Some-Method-Override',
    'X-Forwarded-For',
    'X-Original-URL',
    'Host',
    'X_Underscore',
    'Symbolon-Reason',
    'a b',
  ])('cannot include %s by a policy', async (name) => {
    const line = { connection: 'google', proxyHeaders: [name] };
    const { app } = await proxied();
    await expect(
      world.broker.issuance.apps.update(app.clientId, { connections: [line] }),
    ).rejects.toMatchObject({ status: 422 });
  });

  it('ask for a part of the answer only where the app may have the token itself', async () => {
    const headers = { Range: 'bytes=0-19', 'If-Range': '"v1"' };
    const kept = await proxied('/**', { handout: false, proxyHeaders: ['Range', 'If-Range'] });
    const without = (await kept.call('/echo', { headers })).seen[0]?.headers ?? {};
    expect(Object.keys(without).filter((name) => partialHeaders.has(name))).toEqual([]);
    const trusted = await proxied('/**', { handout: true });
    expect((await trusted.call('/echo', { headers })).seen[0]?.headers).toMatchObject({
      range: 'bytes=0-19',
      'if-range': '"v1"',
    });
  });

  it('that replace the broker’s part of a call are on no list', () => {
    const named = providers.flatMap((name) => findConnector(name)?.apiHeaders ?? []);
    for (const name of [...usualHeaders, ...named]) {
      expect(name).toMatch(/^[a-z0-9-]+$/);
      expect(isNeverSent(name), name).toBe(false);
    }
  });

  it('are listed on the page about the proxy', async () => {
    const page = (await readFile('docs/proxy.md', 'utf8')).toLowerCase();
    expect(usualHeaders.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('a query', () => {
  it.each([
    '_HttpMethod=DELETE',
    '_httpmethod=patch',
    '%5FHttpMethod=PATCH',
    'a=1;_HttpMethod=PATCH',
    '$method=DELETE',
    '_method[]=DELETE',
    '_method=%20DELETE',
    'X-HTTP-Method-Override=PUT',
    'x_http_method=PUT',
    'methodOverride=PUT',
    'X-RestLi-Method=BATCH_DELETE',
  ])('with %s is refused', async (query) => {
    const { call } = await proxied();
    const { status, seen } = await call(`/echo?${query}`, { method: 'POST' });
    expect([status, seen.length]).toEqual([400, 0]);
  });

  it('with other parameters is sent as it is', async () => {
    const { call } = await proxied();
    const query = 'httpMethod=GET&method=photos.search&methodology=1&payment_method=card&q=a;b';
    const { status, seen } = await call(`/echo?${query}`);
    expect([status, seen[0]?.url]).toEqual([200, `/base/echo?${query}`]);
  });
});

describe('a body', () => {
  const part = (head: string, end = '\r\n') =>
    ['--b', `Content-Disposition: form-data; ${head}`, '', 'DELETE', '--b--', ''].join(end);
  const form = 'multipart/form-data; boundary=b';

  it.each([
    ['application/json', '{"_method":"DELETE",}'],
    ['application/json', "{'_HttpMethod':'DELETE'}"],
    ['application/json', '{/* */ "method": "DELETE"}'],
    ['application/json; charset=utf-16', Buffer.from('{"_method":"DELETE"}', 'utf16le')],
    [form, part("name*=utf-8''_method")],
    [form, part("name*=utf-8''%5Fmethod")],
    [form, part('name="_method"', '\r')],
    ['application/x-www-form-urlencoded; charset=utf-16', '%00_%00m%00e%00t%00h%00o%00d=DELETE'],
  ])('of type %s that asks for another method loosely is refused: %j', async (type, body) => {
    const { call } = await proxied();
    const { status, seen } = await call('/echo', { method: 'POST', headers: { 'Content-Type': type }, body });
    expect([status, seen.length]).toEqual([400, 0]);
  });

  it.each([
    ['application/json', '{"method":"cash","a":1'],
    ['application/x-ndjson', '{"a":1}\n{"b":"_method"}\n'],
    [form, part('name="file"; filename="_method"')],
  ])('of type %s without such a request is sent as it is: %j', async (type, body) => {
    const { call } = await proxied();
    const { status, seen } = await call('/echo', { method: 'POST', headers: { 'Content-Type': type }, body });
    expect([status, seen[0]?.body]).toEqual([200, body]);
  });
});

describe('the policy is decided on what is sent', () => {
  const base = 'https://api.example/base';
  const isAllowed = (pattern: string, path: string) => {
    const { url, readings } = targetOf(base, { path, query: '' });
    expect(url.href).toBe(base + path);
    return findProxyRule([{ methods: ['GET'], path: pattern }], { method: 'GET', readings }) !== undefined;
  };

  it.each([
    '/open/..%3b/other',
    '/open/..%3B/other',
    '/open/..%3bx/other',
    '/open/.%3b/other',
    '/open/..;/other',
    '/open/%2e%2e;/other',
    '/open/%2e%2e%3b/other',
    '/open/;/other',
    '/open/%3bx/other',
    '/open/a%2F..%3b%2Fother',
    '/open/..%253b/other',
    '/open/%252e%252e/other',
    '/open/..%5cother',
    '/open/..\\other',
    '/open/..%255cother',
    '/open/..%2fother',
    '/open/..%252fother',
  ])('and %s never is, although the policy allows /open/**', async (path) => {
    const { call } = await proxied('/open/**');
    const { status, seen } = await call(path);
    expect([status, seen.length]).toEqual([400, 0]);
  });

  it.each([
    ['/open/*', '/open/a', true],
    ['/open/*', '/open/a;v=1', true],
    ['/open/a', '/open/a;v=1', false],
    ['/open/a;v=1', '/open/a;v=1', true],
    ['/open/a;v=1', '/open/a', false],
    ['/open/a;v=1', '/open/a;v=2', false],
    ['/*/*/end', '/open/a%3bx/end', true],
    ['/*/end', '/open%2Fa/end', false],
    ['/*/*/end', '/open%2Fa/end', false],
    ['/open/**', '/open/a%2Fb', true],
    ['/*/*/end', '/open/a%3f/end', false],
    ['/*/*/end', '/open/a%23/end', false],
    ['/open/*', '/open/what%3Fend', true],
    ['/open/*', '/%6fpen/a', false],
  ])('so that %s decides about %s: %s', (pattern, path, expected) => {
    expect(isAllowed(pattern, path)).toBe(expected);
  });
});

describe('an answer', () => {
  it('has no token, however its characters are written', async () => {
    const { call } = await proxied();
    const { text, headers } = await call('/spelled');
    expect(text).toBe('<[removed]>');
    expect(headers['x-next']).toBe('/?t=[removed]');
  });

  it.each(['xz', 'gzip,identity', 'x-own'])('that stays encoded as %s is refused', async (coding) => {
    const { call } = await proxied();
    const { status, text } = await call(`/packed?${coding}`);
    expect([status, JSON.parse(text)]).toMatchObject([502, { code: 'provider_error' }]);
  });

  it('that is decoded, or only named so, is searched for the token', async () => {
    const { call } = await proxied();
    expect((await call('/packed?gzip')).text).toBe('Bearer [removed]');
    expect((await call('/named')).text).toBe('<[removed]>');
  });

  it('has no header that a web server in front of the broker obeys', async () => {
    const { call } = await proxied();
    const { headers } = await call('/obeyed');
    expect(headers['x-kept']).toBe('1');
    const names = Object.keys(headers).filter((name) => /accel|sendfile|symbolon-other/.test(name));
    expect(names).toEqual([]);
  });
});
