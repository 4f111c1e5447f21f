import { beforeAll, describe, expect, it } from 'vitest';
import { requestHeaders } from '../../src/retrieval/proxy/headers.ts';
import type { TestApp } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { createWorld, type World } from '../support/world.ts';
import { createProxyApp, type RawCall, type RunningApi, rawCall, startApi } from './proxy-stage.ts';

// The bytes between the proxy and an API that tries to learn or to send more than it should.

let api: RunningApi;
let world: World;
let app: TestApp;
let accessToken: string;
/** The request as the provider's API received it last. */
let providerToken = '';

const tokenIn = (authorization: string | undefined) => (authorization ?? '').replace(/^Bearer /, '');
const json = (value: unknown) => ({ body: [JSON.stringify(value)] });

beforeAll(async () => {
  const tries = new Map<string, number>();
  const once401 = (path: string) => {
    const count = (tries.get(path) ?? 0) + 1;
    tries.set(path, count);
    return count % 2 === 1 ? { status: 401, ...json({ error: 'expired' }) } : json({ count });
  };
  api = await startApi({
    '/base/echo': ({ headers, url, body, method }) => json({ headers, url, body, method }),
    '/base/projects/group%2Fname': () => json({}),
    '/base/projects/group%2Fname/issues': () => json([]),
    '/base/projects/group%2fsub%2fname': () => json({}),
    '/base/next': ({ headers }) => {
      const token = tokenIn(headers.authorization);
      return {
        headers: {
          'content-type': 'application/json',
          link: `<https://api.example/next?access_token=${token}>; rel="next"`,
        },
        ...json({ next: `https://api.example/?access_token=${encodeURIComponent(token)}` }),
      };
    },
    '/base/cut': ({ headers }) => {
      const token = tokenIn(headers.authorization);
      const middle = Math.floor(token.length / 2);
      return {
        headers: { 'content-type': 'application/octet-stream' },
        body: ['before ', token.slice(0, middle), token.slice(middle), ' after'],
      };
    },
    '/base/error': ({ headers }) => ({
      status: 400,
      headers: { 'content-type': 'text/html' },
      body: [`<p>bad token ${headers.authorization}</p>`],
    }),
    '/base/cookies': () => ({
      headers: {
        'content-type': 'text/html',
        'set-cookie': ['a=1', 'b=2'],
        connection: 'keep-alive, x-hop',
        'x-hop': 'private',
        'x-ratelimit-remaining': '41',
        'access-control-allow-origin': '*',
        'content-security-policy': "script-src 'unsafe-inline'",
        'x-frame-options': 'ALLOWALL',
        'cache-control': 'public, max-age=3600',
        etag: '"v1"',
      },
      body: ['<script>1</script>'],
    }),
    '/base/away': ({ headers }) => ({
      status: 302,
      headers: { location: `https://u:p@evil.example/take?t=${tokenIn(headers.authorization)}` },
    }),
    '/base/here': () => ({ status: 302, headers: { location: '/base/echo?page=2' } }),
    '/base/outside': () => ({ status: 307, headers: { location: '/admin' } }),
    '/base/empty': () => ({ status: 204 }),
    '/base/huge': () => ({
      headers: { 'content-type': 'application/octet-stream' },
      body: Array.from({ length: 60 }, () => Buffer.alloc(1024 * 1024, 97)),
    }),
    '/base/once': ({ method }) => once401(`/base/once ${method}`),
    '/base/once-large': () => once401('/base/once-large'),
  });
  world = await createWorld({ allowedPrivateHosts: [api.host] });
  const google = world.lab.connections().find(({ name }) => name === 'google');
  if (!google) throw new Error('no google');
  await world.broker.connections.change('google', {
    client_secret: google.clientSecret,
    endpoints: { ...google.endpoints, api: api.url },
    reason: 'an API of the test',
  });
  app = await createProxyApp(world, {
    google: [{ methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'], path: '/**' }],
  });
  accessToken = (await app.signIn({ connection: 'google', user: 'ada' })).access_token;
});

atEnd(async () => await api.close());

const base = '/v1/me/identities/google/proxy';

async function call(path: string, more: RawCall = {}) {
  const headers = { ...more.headers, authorization: `Bearer ${accessToken}` };
  const answer = await rawCall(world.issuer, base + path, { ...more, headers });
  const authorization = api.seen.at(-1)?.headers.authorization;
  if (authorization) providerToken = tokenIn(authorization);
  const whole = answer.text + JSON.stringify(answer.headers);
  expect(providerToken).toMatch(/^ya29\./);
  for (const form of [providerToken, encodeURIComponent(providerToken), accessToken])
    expect(whole).not.toContain(form);
  return answer;
}

describe('the request to the provider', () => {
  it('has the token and the call, and nothing of the app’s connection to us', async () => {
    await call('/echo?b=2&a=%20x', {
      method: 'PATCH',
      body: '{"a":1}',
      headers: {
        'content-type': 'application/json',
        'x-api-version': '7',
        cookie: 'session=secret',
        connection: 'x-hop',
        'x-hop': 'private',
        te: 'trailers',
        forwarded: 'for=1.2.3.4',
        'x-forwarded-for': '1.2.3.4',
        'x-forwarded-host': 'evil.example',
        'x-http-method-override': 'DELETE',
        'proxy-authorization': 'Basic x',
        'symbolon-reason': 'why',
        origin: 'https://app.example',
        referer: 'https://app.example/private',
      },
    });
    const seen = api.seen.at(-1);
    expect(seen).toMatchObject({ method: 'PATCH', url: '/base/echo?b=2&a=%20x', body: '{"a":1}' });
    expect(seen?.headers).toMatchObject({
      host: api.host,
      'content-type': 'application/json',
      'x-api-version': '7',
      'accept-encoding': 'identity',
    });
    const kept = Object.keys(seen?.headers ?? {}).join();
    expect(kept).not.toMatch(/cookie|hop|forwarded|override|proxy|symbolon|origin|referer|\bte\b/);
    expect(seen?.headers.authorization).not.toContain(accessToken);
  });

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])('has the method %s', async (method) => {
    const answer = await call('/echo', { method });
    expect(answer.status).toBe(200);
    expect(api.seen.at(-1)?.method).toBe(method);
  });

  it.each(['/projects/group%2Fname/issues', '/projects/group%2fsub%2fname'])(
    'has %s as written, if the policy allows every reading',
    async (path) => {
      expect((await call(`${path}?ref=a%2Fb`)).status).toBe(200);
      expect(api.seen.at(-1)?.url).toBe(`/base${path}?ref=a%2Fb`);
    },
  );

  it('has an encoded slash within one segment only if the provider reads it so', async () => {
    const gitlab = world.lab.connections().find(({ name }) => name === 'gitlab');
    await world.broker.connections.change('gitlab', {
      client_secret: gitlab?.clientSecret ?? '',
      endpoints: { ...gitlab?.endpoints, api: api.url },
      reason: 'an API of the test',
    });
    const rules = [{ methods: ['GET' as const], path: '/projects/*' }];
    const one = await createProxyApp(world, { google: rules, gitlab: rules });
    const ask = async (connection: string, path: string) => {
      const { access_token } = await one.signIn({ connection, user: 'ada' });
      const at = `/v1/me/identities/${connection}/proxy${path}`;
      const { status } = await rawCall(world.issuer, at, {
        headers: { authorization: `Bearer ${access_token}` },
      });
      return status;
    };
    const before = api.seen.length;
    expect(await ask('google', '/projects/group%2Fname')).toBe(403);
    expect(await ask('gitlab', '/projects/group/name')).toBe(403);
    expect(await ask('gitlab', '/projects%2Fgroup')).toBe(403);
    expect(await ask('gitlab', '/projects/..%2Fgroup')).toBe(400);
    expect(api.seen.length).toBe(before);
    expect(await ask('gitlab', '/projects/group%2Fname')).toBe(200);
    expect(api.seen.at(-1)?.url).toBe('/base/projects/group%2Fname');
  });

  it.each([
    '/a%2F..%2Fb',
    '/a%2F%2e%2e%2fb',
    '/..%2Fb',
    '/a%2F.',
    '/a%2F..;x%2Fb',
    '/%2Fevil.example/a',
    '/%2f%2Fevil.example',
    '/a%2F%2Fb',
    '/a/%2Fb',
    '/a%2F/b',
    '/a%2F',
    '/a%252Fb',
    '/a%252f..%252fb',
    '/a%25%32%46b',
    '/a%5C%2Fb',
    '/a%2F%0d%0ab',
    '/%40evil.example%2Fa%2F@b%2F..',
    '/@evil.example%2Fa',
    '/a%c0%afb',
    '/a%e0%80%afb',
    '/a%5cb',
    '/%252e%252e/b',
    '/a%00',
    '/a%7f',
    '/..;x/a',
    '/a/.;/b',
    '/@evil.example/a',
    '//evil.example/a',
    '/a//b',
    '/a\\b',
  ])('is never %s, whatever the policy allows', async (path) => {
    const before = api.seen.length;
    const { status } = await rawCall(world.issuer, base + path, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    expect(status).toBe(400);
    expect(api.seen.length).toBe(before);
  });

  it('has a body of any size up to the cap, and none beyond', async () => {
    const large = Buffer.alloc(2 * 1024 * 1024, 98);
    expect((await call('/echo', { method: 'POST', body: large })).status).toBe(200);
    expect(api.seen.at(-1)?.body).toHaveLength(large.length);
    const before = api.seen.length;
    const refused = await fetch(`${world.issuer}${base}/echo`, {
      method: 'POST',
      headers: { authorization: `Bearer ${accessToken}` },
      body: Buffer.alloc(11 * 1024 * 1024, 98),
    });
    expect(refused.status).toBe(413);
    expect(api.seen.length).toBe(before);
  });

  const form = 'application/x-www-form-urlencoded';
  const parts = 'multipart/form-data; boundary=b';
  const part = (name: string, value: string) =>
    `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const long = 'x'.repeat(300 * 1024);
  it.each([
    ['a form', form, 'a=1&_method=DELETE', 400],
    ['a form with semicolons', form, 'a=1;_method=DELETE', 400],
    ['a form too large to look at', form, `a=${long}&_method=DELETE`, 413],
    ['JSON', 'application/json', '{"_method":"delete"}', 400],
    ['large JSON', 'application/json', `{"a":"${long}","_method":"delete"}`, 400],
    ['a multipart form', parts, `${part('a', '1')}${part('_method', 'DELETE')}--b--`, 400],
    ['Facebook’s word', parts, `${part('method', 'delete')}--b--`, 400],
    ['a large multipart form', parts, `${part('a', long)}${part('method', 'delete')}--b--`, 400],
  ])('has no other method in %s', async (_what, type, body, status) => {
    const refused = () => api.seen.filter((seen) => /method/i.test(seen.body)).length;
    const answer = await call('/echo', { method: 'POST', body, headers: { 'content-type': type } });
    expect(answer.status).toBe(status);
    expect(refused()).toBe(0);
  });

  it('has no other method in a query or behind an encoding', async () => {
    const before = api.seen.length;
    const post = { method: 'POST', body: 'a', headers: { 'content-type': form, 'content-encoding': 'gzip' } };
    expect((await call('/echo', post)).status).toBe(400);
    for (const query of ['_method=delete', 'a=1;_method=delete', 'METHOD=put'])
      expect((await call(`/echo?${query}`, { method: 'POST' })).status).toBe(400);
    expect(api.seen.length).toBe(before);
  });

  it.each([
    ['JSON-RPC', 'application/json', '{"method":"getUser"}'],
    ['a batch', 'application/json', '{"requests":[{"method":"DELETE"}]}'],
    ['a file', parts, `${part('file', 'method')}--b--`],
    ['a large file', parts, `${part('file', long)}--b--`],
  ])('has %s unchanged', async (_what, type, body) => {
    const answer = await call('/echo', { method: 'POST', body, headers: { 'content-type': type } });
    expect(answer.status).toBe(200);
    expect(api.seen.at(-1)?.body).toBe(body);
    // The next test checks for headers that must not have arrived.
    api.seen.length = 0;
  });

  it.each([
    ['one long line', `name=${'a'.repeat(200_000)}`],
    ['many heads without an end', 'name=x\n'.repeat(30_000)],
    ['many heads with one end', `${'name="a"; name="b"\r\n'.repeat(10_000)}\r\n1`],
  ])('is checked quickly: %s', async (_what, body) => {
    // A pattern that backtracks would take minutes here, during which no other request is answered.
    const answer = await call('/echo', { method: 'POST', body, headers: { 'content-type': parts } });
    expect(answer.status).toBe(200);
    api.seen.length = 0;
  });

  it('has no body if the method has none, and no other path by a header', async () => {
    const before = api.seen.length;
    const body = { body: 'a', headers: { 'content-length': '1' } };
    expect((await call('/echo', body)).status).toBe(400);
    expect(api.seen.length).toBe(before);
    const headers = {
      'x-original-url': '/admin',
      'x-rewrite-url': '/admin',
      'x-envoy-original-path': '/admin',
    };
    await call('/echo', { headers });
    expect(JSON.stringify(api.seen.at(-1)?.headers)).not.toContain('/admin');
  });
});

it('has no header of the app’s own token, even if the provider’s token is in the URL', () => {
  const given = {
    authorization: 'Bearer ours',
    cookie: 'a=1',
    'x-http-method-override': 'DELETE',
    accept: '*/*',
  };
  const allowed = new Set(Object.keys(given));
  expect([...requestHeaders(given, { allowed, inPart: true }).keys()].sort()).toEqual([
    'accept',
    'accept-encoding',
    'user-agent',
  ]);
});

describe('the answer to the app', () => {
  it('never has the token, wherever the provider repeats it', async () => {
    expect((await call('/echo')).text).toContain('Bearer [removed]');
    const next = await call('/next');
    expect(next.text).toContain('access_token=[removed]');
    expect(next.headers.link).toContain('access_token=[removed]');
    expect((await call('/cut')).text).toBe('before [removed] after');
    expect((await call('/error')).text).toBe('<p>bad token Bearer [removed]</p>');
  });

  it('has no cookie, no hop-by-hop header, and no policy of the provider for our origin', async () => {
    const { headers } = await call('/cookies');
    expect(headers).toMatchObject({
      'x-ratelimit-remaining': '41',
      etag: '"v1"',
      'cache-control': 'no-store',
    });
    expect(headers['set-cookie']).toBeUndefined();
    expect(headers['x-hop']).toBeUndefined();
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-frame-options']).toBe('SAMEORIGIN');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('has the redirect itself, not its target', async () => {
    const before = api.seen.length;
    const away = await call('/away');
    expect(away.status).toBe(302);
    expect(away.headers.location).toBe('https://evil.example/take?t=[removed]');
    const here = await call('/here');
    expect(here.headers.location).toBe(`${base}/echo?page=2`);
    const outside = await call('/outside');
    expect(outside.headers.location).toBe(`${new URL(api.url).origin}/admin`);
    expect(api.seen.length - before).toBe(3);
  });

  it('is empty, or breaks off if it grows too long', async () => {
    expect(await call('/empty')).toMatchObject({ status: 204, text: '' });
    await expect(call('/huge')).rejects.toThrow(/aborted|socket|hang/);
  });
});

describe('a refused token', () => {
  it('is replaced once, and the same body is sent again', async () => {
    world.clock.advance(11_000);
    const before = api.seen.length;
    const answer = await call('/once', { method: 'POST', body: 'the body' });
    expect(answer.status).toBe(200);
    const tries = api.seen.slice(before);
    expect(tries.map(({ body }) => body)).toEqual(['the body', 'the body']);
    const [first, second] = tries.map(({ headers }) => headers.authorization);
    expect(first).not.toBe(second);
  });

  it('is not replaced after a body was passed through without a copy', async () => {
    world.clock.advance(11_000);
    const before = api.seen.length;
    const answer = await call('/once-large', { method: 'POST', body: Buffer.alloc(1024 * 1024, 97) });
    expect(answer.status).toBe(401);
    expect(api.seen.length - before).toBe(1);
  });
});
