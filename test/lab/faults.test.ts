import { afterEach, describe, expect, test } from 'vitest';
import { createLab } from '../../src/lab/lab.ts';
import { call, type Fields, labWorld, origin, redirectUri } from './lab-world.ts';

const world = labWorld();
const offline = {
  response_type: 'code',
  scope: 'openid email profile',
  access_type: 'offline',
  prompt: 'consent',
};

afterEach(() => world.control('google/faults', undefined, 'DELETE'));

const arm = (on: string, fault: string, more: Fields = {}) =>
  world.control('google/faults', { on, fault, ...more });

function token(fields: Fields) {
  const { clientId: client_id, clientSecret: client_secret } = world.connection('google');
  return world.post('/google/token', { client_id, client_secret, redirect_uri: redirectUri, ...fields });
}

async function exchange() {
  const code = (await world.authorize('google', offline)).searchParams.get('code');
  return token({ grant_type: 'authorization_code', code });
}

const refresh = (refresh_token: string) => token({ grant_type: 'refresh_token', refresh_token });

describe('in place of an answer', () => {
  test.each([
    ['500', 500, 'application/json'],
    ['503', 503, 'application/json'],
    ['429', 429, 'application/json'],
    ['html', 200, 'text/html'],
    ['error_200', 200, 'application/json'],
    ['invalid_client', 401, 'application/json'],
    ['invalid_grant', 400, 'application/json'],
    ['invalid_rapt', 400, 'application/json'],
  ])('%s', async (fault, status, type) => {
    const { refresh_token } = (await exchange()).json;
    await arm('refresh', fault);
    const answer = await refresh(refresh_token);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain(type);
    expect(answer.json).not.toHaveProperty('access_token');
    expect(answer.headers.has('retry-after')).toBe(fault === '503' || fault === '429');
    expect((await refresh(refresh_token)).status).toBe(200);
  });

  test('reset ends the connection', async () => {
    await arm('profile', 'reset');
    await expect(world.get('/google/v1/userinfo')).rejects.toThrow();
    expect((await world.log('google')).at(-1)).toMatchObject({ kind: 'profile', status: 0, fault: 'reset' });
  });

  test('a fault occurs as often as requested, for its own kind only', async () => {
    await arm('refresh', '503', { times: 2 });
    const { refresh_token } = (await exchange()).json;
    const statuses = [];
    for (let call = 0; call < 3; call += 1) statuses.push((await refresh(refresh_token)).status);
    expect(statuses).toEqual([503, 503, 200]);
  });

  test('ended grants have the provider’s own error', async () => {
    await world.control('wechat/faults', { on: 'refresh', fault: 'invalid_grant' });
    expect((await world.get('/wechat/sns/oauth2/refresh_token')).json.errcode).toBe(40030);
    await world.control('facebook/faults', { on: 'refresh', fault: 'password_changed' });
    const facebook = await world.get('/facebook/oauth/access_token', { grant_type: 'fb_exchange_token' });
    expect(facebook.json.error).toMatchObject({ code: 190, error_subcode: 460 });
    await world.control('github/faults', { on: 'profile', fault: 'invalid_grant' });
    expect((await world.get('/github/user')).json.message).toBe('Bad credentials');
  });
});

describe('a changed answer', () => {
  test('omit_refresh_token', async () => {
    await arm('token', 'omit_refresh_token');
    expect((await exchange()).json).not.toHaveProperty('refresh_token');
  });

  test('narrow_scope takes the last scope from answer and token', async () => {
    await arm('token', 'narrow_scope');
    const { scope, access_token } = (await exchange()).json;
    expect(scope).not.toContain('userinfo.profile');
    expect((await world.get('/google/v1/userinfo', { access_token })).json).not.toHaveProperty('name');
  });

  test('none with a delay is only slow', async () => {
    await arm('token', 'none', { delay_ms: 60 });
    const before = Date.now();
    expect((await exchange()).status).toBe(200);
    expect(Date.now() - before).toBeGreaterThanOrEqual(55);
  });

  test('after: the provider has rotated, and the client gets no answer', async () => {
    await world.control('google/mode', { rotation: 'single-use' });
    const { refresh_token } = (await exchange()).json;
    await arm('refresh', '503', { after: true });
    expect((await refresh(refresh_token)).status).toBe(503);
    expect((await refresh(refresh_token)).json.error).toBe('invalid_grant');
    await world.control('google/mode', { rotation: 'static' });
  });

  test.each(['id_token_wrong_nonce', 'id_token_alg_none', 'iss_without_scheme'])('%s', async (fault) => {
    await arm('token', fault);
    const { id_token } = (await exchange()).json;
    const [header = '', payload = ''] = id_token.split('.');
    const read = (part: string): Fields => JSON.parse(Buffer.from(part, 'base64url').toString());
    const found = { ...read(header), ...read(payload) };
    if (fault === 'id_token_wrong_nonce') expect(found.nonce).toBe('another');
    if (fault === 'id_token_alg_none') expect(found.alg).toBe('none');
    if (fault === 'iss_without_scheme') expect(found.iss).toMatch(/^localhost:\d+\/google$/);
  });
});

test('a call without an answer does not keep the lab from closing', async () => {
  const lab = await createLab({ redirectOrigins: [origin] }).listen(0);
  const body = JSON.stringify({ on: 'profile', fault: 'timeout' });
  await call(`${lab.url}/control/github/faults`, { method: 'POST', body });
  const waiting = call(`${lab.url}/github/user`).catch((error: unknown) => error);
  await expect.poll(async () => (await call(`${lab.url}/control/github`)).json.counters.profile).toBe(1);
  await lab.close();
  expect(await waiting).toBeInstanceOf(Error);
});

describe('undocumented faults', () => {
  test.each([
    ['expires_in_zero', 0],
    ['expires_in_text', '7200'],
    ['expires_in_absent', undefined],
  ])('%s', async (fault, expected) => {
    await arm('token', fault);
    const { json } = await exchange();
    expect(json.expires_in).toBe(expected);
    expect(json.access_token).toBeTruthy();
  });

  test('empty, huge, cut off, badly compressed, or redirected', async () => {
    const path = '/google/v1/userinfo';
    await arm('profile', 'empty');
    expect((await world.get(path)).text).toBe('');
    await arm('profile', 'huge');
    expect((await world.get(path)).text.length).toBeGreaterThan(3_000_000);
    await arm('profile', 'truncated');
    expect((await world.get(path)).json).toEqual({});
    await arm('profile', 'gzip_garbage');
    await expect(world.get(path)).rejects.toThrow();
    await arm('profile', 'redirect');
    expect((await world.get(path)).headers.get('location')).toContain('169.254');
  });
});
