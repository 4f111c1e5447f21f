import { expect, test } from 'vitest';
import { call, type Fields, labWorld } from './lab-world.ts';

const world = labWorld();

test('the start page lists the providers', async () => {
  const page = await call(world.url('/'));
  for (const name of ['wechat', 'facebook', 'google', 'github'])
    expect(page.text).toContain(`/control/${name}`);
});

test('connections name the connector, the client and absolute endpoints', () => {
  expect(world.connection('wechat')).toMatchObject({
    provider: 'wechat-web',
    clientId: /^wx[0-9a-f]{16}$/.exec(world.connection('wechat').clientId)?.[0],
    endpoints: { api: world.url('/wechat'), token: world.url('/wechat/sns/oauth2/access_token') },
  });
  expect(world.connection('google').endpoints.issuer).toBe(world.url('/google'));
});

test('pictures are generated, also in the sizes that WeChat requests', async () => {
  const small = await call(world.url('/wechat/lab/avatars/lin/132'));
  expect(small.headers.get('content-type')).toContain('image/svg+xml');
  expect((await call(world.url('/wechat/lab/avatars/nobody'))).status).toBe(404);
});

test('a trailing slash is another path', async () => {
  expect((await call(world.url('/wechat/sns/auth/'))).status).toBe(404);
});

test.each([
  ['x', 'users.red'],
  ['spotify', 'user-reads-email'],
  ['reddit', 'identify'],
  ['tiktok', 'user_info_basic'],
  ['yahoo', 'sdps'],
  ['salesforce', 'refresh'],
  ['asana', 'users'],
  ['atlassian', 'openid'],
  ['pinterest', 'user_account:read'],
  ['dropbox', 'account_info'],
  ['figma', 'file_read'],
  ['shopify', 'products'],
  ['discord', 'identity'],
  ['linkedin', 'r_liteprofile'],
  ['gitlab', 'user'],
  ['patreon', 'users'],
  ['hubspot', 'OAuth'],
])('%s has no scope %s', async (name, scope) => {
  const client_key: Fields = name === 'tiktok' ? { client_key: world.connection(name).clientId } : {};
  const wanted = {
    response_type: 'code',
    duration: 'permanent',
    audience: 'api.atlassian.com',
    prompt: 'consent',
  };
  const pkce = { code_challenge: 'c'.repeat(43), code_challenge_method: 'S256' };
  const { searchParams } = await world.authorize(name, { ...wanted, ...pkce, ...client_key, scope });
  expect([searchParams.get('error'), searchParams.get('code')]).toEqual(['invalid_scope', null]);
});
