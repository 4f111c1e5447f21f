import { expect, test } from 'vitest';
import { call, labWorld } from './lab-world.ts';

const world = labWorld();

test('the front door lists the providers', async () => {
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

test('pictures are drawn, also in the sizes WeChat asks for', async () => {
  const small = await call(world.url('/wechat/lab/avatars/lin/132'));
  expect(small.headers.get('content-type')).toContain('image/svg+xml');
  expect((await call(world.url('/wechat/lab/avatars/nobody'))).status).toBe(404);
});

test('a trailing slash is another path', async () => {
  expect((await call(world.url('/wechat/sns/auth/'))).status).toBe(404);
});
