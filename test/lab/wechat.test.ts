import { describe, expect, test } from 'vitest';
import { type Fields, labWorld, redirectUri } from './lab-world.ts';

const world = labWorld({
  clients: {
    wechat: [
      { clientId: 'wx0000000000000001', clientSecret: 'one-secret' },
      { clientId: 'wx0000000000000002', clientSecret: 'two-secret' },
    ],
  },
});
const app = { appid: 'wx0000000000000001', secret: 'one-secret' };
const login = { response_type: 'code', scope: 'snsapi_login', appid: app.appid };

async function newCode(user = 'lin', query: Fields = {}): Promise<string> {
  return (await world.authorize('wechat', { ...login, ...query }, user)).searchParams.get('code') ?? '';
}

async function exchange(fields: Fields) {
  return world.get('/wechat/sns/oauth2/access_token', {
    ...app,
    grant_type: 'authorization_code',
    ...fields,
  });
}

describe('authorize', () => {
  test('sends code and state to the registered host, on any path and port', async () => {
    const target = 'http://localhost:9/elsewhere?a=b';
    const url = await world.authorize('wechat', { ...login, redirect_uri: target });
    expect(url.href).toMatch(/^http:\/\/localhost:9\/elsewhere\?a=b&code=\w{32}&state=st4te$/);
  });

  test('a refusal has the state and nothing else', async () => {
    const url = await world.authorize('wechat', { ...login, lab_auto: 'deny' });
    expect(url.href).toBe(`${redirectUri}?state=st4te`);
  });

  test.each([
    [{ redirect_uri: 'http://evil.example/' }, 10003],
    [{ scope: 'snsapi_userinfo' }, 10005],
    [{ appid: 'wxunknown' }, 10012],
    [{ response_type: '' }, 10013],
  ])('%j leads to an error page', async (wrong, code) => {
    const query = { ...login, redirect_uri: redirectUri, lab_auto: '1', ...wrong };
    const page = await world.get('/wechat/connect/qrconnect', query);
    expect([page.status, page.headers.get('location')]).toEqual([200, null]);
    expect(page.text).toContain(`errcode ${code}`);
  });
});

describe('token', () => {
  test('answers JSON with the type text, without token_type', async () => {
    const answer = await exchange({ code: await newCode() });
    expect(answer.headers.get('content-type')).toBe('text/plain');
    expect(answer.json).toEqual({
      access_token: expect.stringMatching(/^79_[\w-]{86}$/),
      expires_in: 7200,
      refresh_token: expect.stringMatching(/^79_/),
      openid: expect.stringMatching(/^o[\w-]{27}$/),
      scope: 'snsapi_login',
      unionid: expect.stringMatching(/^oU/),
    });
  });

  test('accepts a posted form too', async () => {
    const form = { ...app, grant_type: 'authorization_code', code: await newCode() };
    expect((await world.post('/wechat/sns/oauth2/access_token', form)).json).toHaveProperty('openid');
  });

  test('a code works once and for ten minutes', async () => {
    const code = await newCode();
    await exchange({ code });
    expect((await exchange({ code })).json.errcode).toBe(40163);
    const late = await newCode();
    world.clock.forward(601);
    expect((await exchange({ code: late })).json.errcode).toBe(42003);
  });

  test.each([
    [{ code: 'unknown' }, 40029, /^invalid code, rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$/],
    [{ code: '' }, 41008, /code missing/],
    [{ secret: 'wrong' }, 40125, /appsecret/],
    [{ secret: '' }, 41004, /appsecret missing/],
    [{ appid: '' }, 41002, /appid missing/],
    [{ appid: 'wxunknown' }, 40013, /appid/],
    [{ appid: 'wx0000000000000002', secret: 'two-secret' }, 40029, /code/],
    [{ grant_type: 'code' }, 40002, /grant_type/],
  ])('%j is an errcode on HTTP 200', async (wrong, errcode, errmsg) => {
    const answer = await exchange({ code: await newCode(), ...wrong });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ errcode, errmsg: expect.stringMatching(errmsg) });
  });

  test('the openid differs per app, the unionid does not', async () => {
    const other = { appid: 'wx0000000000000002', secret: 'two-secret' };
    const [one, two] = [
      await exchange({ code: await newCode() }),
      await exchange({ ...other, code: await newCode('lin', { appid: other.appid }) }),
    ];
    expect(two.json.openid).not.toBe(one.json.openid);
    expect(two.json.unionid).toBe(one.json.unionid);
  });
});
