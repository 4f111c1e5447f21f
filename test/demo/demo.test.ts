import { beforeAll, beforeEach, expect, test } from 'vitest';
import { createDemo, type RunningDemo } from '../../src/demo/demo.ts';
import { atEnd } from '../support/at-end.ts';
import { startBrokerDouble } from './broker-double.ts';
import { browser } from './browser.ts';

let broker: Awaited<ReturnType<typeof startBrokerDouble>>;
let demo: RunningDemo;
let visit: ReturnType<typeof browser>;
const connections = [
  { alias: 'wechat', title: { en: 'WeChat', zh: '微信' } },
  { alias: 'github', title: { en: 'Git<Hub>', zh: 'Git<Hub>' } },
];

beforeAll(async () => {
  broker = await startBrokerDouble();
  const publicUrl = 'http://localhost:3001';
  const options = { issuer: broker.issuer, clientId: 'app_demo', clientSecret: 's', publicUrl, connections };
  demo = await createDemo(options).listen(0, '127.0.0.1');
});
atEnd(async () => {
  await demo.close();
  await broker.close();
});
beforeEach(() => {
  visit = browser(`http://127.0.0.1:${demo.port}`);
});

async function signIn() {
  const { location } = await visit.get('/sign-in');
  const url = new URL(location);
  broker.authorized(url);
  return await visit.get(`/callback?code=c&state=${url.searchParams.get('state')}`);
}

test('the first page offers the chooser first, then each connection, escaped', async () => {
  const { status, text, headers } = await visit.get('/');
  expect(status).toBe(200);
  expect(text.match(/<button[^>]*>[^<]*/g)).toEqual([
    '<button>Sign in',
    '<button class="plain" name="connection" value="wechat">Sign in with WeChat',
    '<button class="plain" name="connection" value="github">Sign in with Git&lt;Hub&gt;',
  ]);
  expect(text).not.toContain('<script');
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
});

test('Chinese browsers get Chinese pages', async () => {
  const { text } = await visit.get('/', { 'accept-language': 'zh-CN,zh;q=0.9' });
  expect(text).toContain('<html lang="zh-CN">');
  expect(text).toContain('登录');
});

test('a sign-in has PKCE, state and nonce, and asks for the one account that the person signs in with', async () => {
  const all = new URL((await visit.get('/sign-in')).location).searchParams;
  expect(all.get('scope')).toBe('openid profile email offline_access idp');
  expect(all.get('code_challenge_method')).toBe('S256');
  expect(all.get('redirect_uri')).toBe('http://localhost:3001/callback');
  expect(all.has('connection')).toBe(false);
  expect(all.get('state') && all.get('nonce')).toBeTruthy();

  const one = new URL((await visit.get('/sign-in?connection=wechat')).location).searchParams;
  expect(one.get('scope')).toBe('openid profile email offline_access idp:wechat');
  expect(one.get('connection')).toBe('wechat');
  expect(new URL((await visit.get('/sign-in?connection=evil')).location).searchParams.has('connection')).toBe(
    false,
  );
});

test('a further account is linked at the broker first, and asked for beside those that the demo has', async () => {
  await signIn();
  const linking = new URL((await visit.post('/connect', { connection: 'github' })).location);
  expect(linking.href).toBe(`${broker.issuer}/account/link/github?app=app_demo`);
  const ask = new URL((await visit.get('/?notice=linked')).location).searchParams;
  expect(ask.get('scope')).toBe('openid profile email offline_access idp:wechat idp:github');
  expect(ask.has('connection')).toBe(false);
  // Once: the next visit shows the page.
  expect((await visit.get('/?notice=linked')).status).toBe(200);

  await visit.post('/connect', { connection: 'github' });
  expect((await visit.get('/?notice=cancelled')).status).toBe(200);
  expect((await visit.post('/connect', { connection: 'evil' })).location).toBe('/');
});

test('a signed-in person sees their name and the verified token, in a new session', async () => {
  await visit.get('/sign-in');
  const before = new Map(visit.cookies);
  expect((await signIn()).location).toBe('/');
  expect(visit.cookies).not.toEqual(before);
  const { text } = await visit.get('/');
  expect(text).toContain('Lin &lt;b&gt;');
  expect(text).toContain('Verified against the broker’s published keys');
  expect(text).toContain('at+jwt');
  expect(
    broker.asked.findLast(({ path }) => path === '/oauth/token')?.form.get('code_verifier'),
  ).toBeTruthy();
});

test('two tabs do not collide, and a state is accepted once', async () => {
  const first = new URL((await visit.get('/sign-in')).location);
  await visit.get('/sign-in?connection=wechat');
  broker.authorized(first);
  const callback = `/callback?code=c&state=${first.searchParams.get('state')}`;
  expect((await visit.get(callback)).status).toBe(303);
  const again = await visit.get(callback);
  expect(again.status).toBe(400);
  expect(again.text).toContain('not known here any more');
});

test('a denied sign-in shows a friendly page, and untrusted text is escaped', async () => {
  const state = new URL((await visit.get('/sign-in')).location).searchParams.get('state');
  const query = `error=access_denied&error_description=%3Cimg%3E&state=${state}&iss=${broker.issuer}`;
  const { status, text } = await visit.get(`/callback?${query}`);
  expect(status).toBe(400);
  expect(text).toContain('You did not allow the sign-in');
  expect(text).toContain('&lt;img&gt;');
});

test('a typed refusal is shown with its URL, but only if that is a web link', async () => {
  await signIn();
  const path = '/v1/me/identities/idn_1/token';
  const refusal = { status: 409, code: 'reauthorization_required', reason: 'expired' };
  broker.answer(
    path,
    { ...refusal, reauthorize_url: `${broker.issuer}/account/identities/idn_1/reauthorize` },
    409,
  );
  const { text } = await visit.post('/call', { identity: 'idn_1' });
  expect(text).toContain('409 reauthorization_required');
  expect(text).toContain(`href="${broker.issuer}/account/identities/idn_1/reauthorize"`);

  broker.answer(path, { ...refusal, reauthorize_url: 'javascript:alert(1)' }, 409);
  expect((await visit.post('/call', { identity: 'idn_1' })).text).not.toContain('javascript:');
});

test('a refusal for a time says when the next call can work', async () => {
  await signIn();
  const path = '/v1/me/identities/idn_1/token';
  broker.answer(path, { status: 429, code: 'too_many_requests' }, 429, { 'retry-after': '7' });
  const { text } = await visit.post('/call', { identity: 'idn_1', fresh: 'true' });
  expect(text).toContain('429 too_many_requests');
  expect(text).toContain('Try again in 7 s.');
});

test('an access token that the broker refuses ends the session, and the page offers a sign-in', async () => {
  await signIn();
  broker.answer('/v1/me/identities/idn_1/token', { status: 401, code: 'invalid_token' }, 401);
  const { status, text } = await visit.post('/call', { identity: 'idn_1' });
  expect(status).toBe(401);
  expect(text).toContain('Your session has ended');
  expect(text).toContain('<button>Start again');
  expect((await visit.get('/')).text).toContain('name="connection"');
});

test('an account that the sign-in did not allow has a way to allow it', async () => {
  await signIn();
  broker.answer('/v1/me/identities/idn_1/token', { status: 403, code: 'insufficient_scope' }, 403);
  const { text } = await visit.post('/call', { identity: 'idn_1' });
  expect(text).toContain('<form action="/sign-in"><button>Sign in again');
});

test("the provider's answer is shown escaped, its token masked", async () => {
  await signIn();
  broker.answer('/v1/me/identities/idn_1/token', {
    access_token: 'gho_verysecrettoken',
    expires_at: null,
    scope: 'read:user',
    identity: { id: 'idn_1', connection: 'github', provider: 'github', subject: '1' },
    parameters: {},
    usage: {
      transport: 'header',
      name: 'Authorization',
      scheme: 'Bearer',
      headers: {},
      api_base: broker.issuer,
    },
  });
  broker.answer('/user', { login: '<script>alert(1)</script>' });
  const { text } = await visit.post('/call', { identity: 'idn_1' });
  expect(text).toContain('Authorization: Bearer gho_ve...');
  expect(text).toContain('&lt;script&gt;');
  expect(text).not.toMatch(/<script|verysecret/);
});

test('a session whose refresh token is refused ends, and the next page offers a sign-in', async () => {
  await signIn();
  broker.answer('/oauth/token', { error: 'invalid_grant' }, 400);
  const { status, text } = await visit.post('/refresh');
  expect(status).toBe(401);
  expect(text).toContain('Your session has ended');
  expect((await visit.get('/')).text).toContain('name="connection"');
});

test('signing out goes through the broker', async () => {
  broker.answer('/oauth/token', undefined as never);
  await signIn();
  const { searchParams, pathname } = new URL((await visit.post('/sign-out')).location);
  expect(pathname).toBe('/oidc/logout');
  expect(searchParams.get('post_logout_redirect_uri')).toBe('http://localhost:3001/');
  expect(searchParams.get('id_token_hint')).toBeTruthy();
  expect((await visit.get('/')).text).toContain('name="connection"');
});

test('a form from another site does nothing', async () => {
  await signIn();
  const { status } = await visit.post('/sign-out', {}, { 'sec-fetch-site': 'same-site' });
  expect(status).toBe(403);
  expect((await visit.get('/')).text).toContain('action="/sign-out"');
});

test('a broker that is not ready yet is asked again at the next request', async () => {
  const options = { clientId: 'a', clientSecret: 's', publicUrl: 'http://localhost:3001', connections };
  const alone = await createDemo({ ...options, issuer: 'http://localhost:9' }).listen(0, '127.0.0.1');
  const { status, text } = await browser(`http://127.0.0.1:${alone.port}`).get('/sign-in');
  await alone.close();
  expect(status).toBe(503);
  expect(text).toContain('Symbolon does not answer');
});

test('an unknown page has a page of its own', async () => {
  expect((await visit.get('/nowhere')).status).toBe(404);
});
