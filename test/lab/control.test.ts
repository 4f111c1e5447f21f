import { describe, expect, test } from 'vitest';
import { type Fields, labWorld } from './lab-world.ts';

const world = labWorld();

async function signIn(user = 'lin'): Promise<Fields> {
  const { clientId: appid, clientSecret: secret } = world.connection('wechat');
  const url = await world.authorize('wechat', { response_type: 'code', scope: 'snsapi_login' }, user);
  const fields = { appid, secret, grant_type: 'authorization_code', code: url.searchParams.get('code') };
  return (await world.get('/wechat/sns/oauth2/access_token', fields)).json;
}

describe('reading', () => {
  test('shows users, grants and counters, and no token', async () => {
    const tokens = await signIn();
    const { json, text } = await world.control('wechat');
    expect(json.users).toContainEqual(
      expect.objectContaining({ id: 'lin', name: '林小雨', subject: tokens.openid }),
    );
    expect(json.grants).toMatchObject([{ user: 'lin', scopes: ['snsapi_login'], refresh_token: true }]);
    expect(json.counters).toEqual({ authorize: 1, token: 1, refresh: 0, profile: 0, revoke: 0, api: 0 });
    for (const secret of world.minted()) expect(text).not.toContain(secret);
  });

  test('the log names every parameter and shows no secret', async () => {
    await world.control('wechat/reset', {});
    await signIn();
    await world.get('/wechat/nowhere?access_token=abc');
    const log = await world.log('wechat');
    expect(log.map(({ method, kind, status }) => [method, kind, status])).toEqual([
      ['GET', 'authorize', 302],
      ['GET', 'token', 200],
      ['GET', 'unknown', 404],
    ]);
    expect(log[1]).toMatchObject({
      at: world.clock.now().toISOString(),
      path: expect.stringMatching(/secret=\*\*\*&grant_type=authorization_code&code=\*\*\*$/),
      params: ['appid', 'secret', 'grant_type', 'code'],
    });
    for (const secret of world.minted()) expect(JSON.stringify(log)).not.toContain(secret);
  });

  test('the lab stores every token it issued', async () => {
    const tokens = await signIn();
    expect(world.minted()).toEqual(expect.arrayContaining([tokens.access_token, tokens.refresh_token]));
    expect(world.minted()).toContain(world.connection('github').clientSecret);
  });
});

describe('faults', () => {
  test('expire ends access tokens now', async () => {
    const { access_token, openid } = await signIn('ada');
    expect((await world.control('wechat/expire', { user: 'ada' })).json).toEqual({ expired: 1 });
    expect((await world.get('/wechat/sns/auth', { access_token, openid })).json.errcode).toBe(42001);
  });

  test('revoke ends the person’s grants', async () => {
    await signIn('sam');
    expect((await world.control('wechat/users/sam/revoke', {})).json).toEqual({ revoked: 1 });
    expect(JSON.stringify((await world.control('wechat')).json.grants)).not.toContain('sam');
  });

  test.each([
    ['wechat/faults', { on: 'authorize', fault: '500' }, 'on'],
    ['wechat/faults', { on: 'token', fault: 'invalid_rapt' }, 'fault'],
    ['wechat/faults', { on: 'token', fault: '500', times: 0 }, 'times'],
    ['wechat/faults', { on: 'token', fault: '500', delay: 5 }, ''],
    ['wechat/mode', { rotation: 'sometimes' }, 'rotation'],
    ['wechat/expire', {}, 'user'],
  ])('%s %j is refused with the place', async (path, body, place) => {
    const { status, json } = await world.control(path, body);
    expect([status, json.error]).toEqual([400, 'invalid_request']);
    expect(json.issues[0].path).toBe(place);
  });

  test.each(['nowhere', 'wechat/users/nobody/revoke', 'wechat/unknown'])(
    '%s does not exist',
    async (path) => {
      expect((await world.control(path, {})).status).toBe(404);
    },
  );

  test('a body that is no JSON is refused', async () => {
    const init = { method: 'POST', body: '{"on":' };
    expect((await world.get('/control/wechat/faults', {}, init)).status).toBe(400);
  });
});
