import { describe, expect, test } from 'vitest';
import { type Fields, labWorld } from './lab-world.ts';

const world = labWorld();
const day = 86_400;

async function signIn(user = 'lin'): Promise<Fields> {
  const { clientId: appid, clientSecret: secret } = world.connection('wechat');
  const url = await world.authorize('wechat', { response_type: 'code', scope: 'snsapi_login' }, user);
  const fields = { appid, secret, grant_type: 'authorization_code', code: url.searchParams.get('code') };
  return (await world.get('/wechat/sns/oauth2/access_token', fields)).json;
}

async function refresh(tokens: Fields, wrong: Fields = {}): Promise<Fields> {
  const appid = world.connection('wechat').clientId;
  const fields = { appid, grant_type: 'refresh_token', refresh_token: tokens.refresh_token, ...wrong };
  return (await world.get('/wechat/sns/oauth2/refresh_token', fields)).json;
}

function call(path: string, { access_token, openid }: Fields) {
  return world.get(`/wechat/sns/${path}`, { access_token, openid });
}

describe('refresh', () => {
  test('extends a valid token and replaces an expired one, without a secret', async () => {
    const first = await signIn();
    world.clock.forward(7000);
    const second = await refresh(first);
    expect(second).toEqual({ ...first, unionid: undefined });
    world.clock.forward(7199);
    expect((await call('auth', first)).json.errcode).toBe(0);
    world.clock.forward(2);
    expect((await call('auth', first)).json.errcode).toBe(42001);
    const third = await refresh(first);
    expect(third.access_token).not.toBe(first.access_token);
    expect(third.refresh_token).toBe(first.refresh_token);
  });

  test('the refresh token expires after thirty days, however often it was used', async () => {
    const tokens = await signIn();
    world.clock.forward(29 * day);
    expect((await refresh(tokens)).expires_in).toBe(7200);
    world.clock.forward(2 * day);
    expect((await refresh(tokens)).errcode).toBe(42002);
  });

  test.each([
    [{ refresh_token: 'unknown' }, 40030],
    [{ refresh_token: '' }, 41003],
    [{ appid: '' }, 41002],
    [{ appid: 'wxunknown' }, 40013],
    [{ grant_type: '' }, 40002],
  ])('%j is refused', async (wrong, errcode) => {
    expect((await refresh(await signIn(), wrong)).errcode).toBe(errcode);
  });

  test('a person who removed the app ends both tokens', async () => {
    const tokens = await signIn('ada');
    await world.control('wechat/users/ada/revoke', {});
    expect((await refresh(tokens)).errcode).toBe(40030);
    expect((await call('userinfo', tokens)).json.errcode).toBe(40001);
  });
});

describe('userinfo', () => {
  test('has name and picture, and leaves sex and place empty', async () => {
    const tokens = await signIn();
    const { json, headers } = await call('userinfo', tokens);
    expect(headers.get('content-type')).toBe('text/plain');
    expect(json).toMatchObject({
      openid: tokens.openid,
      nickname: '林小雨',
      sex: 0,
      city: '',
      privilege: [],
    });
    expect(json.unionid).toBe(tokens.unionid);
    expect((await fetch(json.headimgurl)).headers.get('content-type')).toContain('image/svg+xml');
  });

  test.each([
    [{ openid: 'another' }, 40003],
    [{ openid: '' }, 41009],
    [{ access_token: '' }, 41001],
    [{ access_token: 'unknown' }, 40014],
  ])('%j is refused', async (wrong, errcode) => {
    expect((await call('userinfo', { ...(await signIn()), ...wrong })).json.errcode).toBe(errcode);
  });

  test('refuses a refresh token', async () => {
    const tokens = await signIn();
    expect((await call('auth', { ...tokens, access_token: tokens.refresh_token })).json.errcode).toBe(40014);
  });
});
