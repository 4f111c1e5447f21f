import { describe, expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { depart, finish } from './provider-world.ts';

const said = (errcode: number) => ({ errcode, errmsg: 'some words, hint: [0000]' });
const misconfigured = { kind: 'misconfigured' } as const;
const corpId = 'ww0105symbolonlab';
const appToken = { errcode: 0, errmsg: 'ok', access_token: 'rogue-access-token', expires_in: 7200 };

const room = conforms({
  provider: 'wecom',
  profile: 'wecom',
  authorize: {
    address: 'https://login.work.weixin.qq.com/wwlogin/sso/login',
    parameters: [
      ['login_type', 'CorpApp'],
      ['appid', corpId],
      ['agentid', '1000002'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['state', 'a1b2c3'],
      ['lang', 'en'],
    ],
    asking: [{ ask: { locale: 'zh' }, adds: { lang: 'zh' } }],
  },
  addressElsewhere: true,
  exchange: { method: 'GET', path: '/wecom/cgi-bin/auth/getuserinfo', params: ['access_token', 'code'] },
  account: {
    subject: `${corpId}:lin-xiaoyu`,
    alternates: { 'wecom:userid': `${corpId}:lin-xiaoyu` },
    name: '林小雨',
    picture: undefined,
    email: undefined,
    emailVerified: false,
  },
  words: [
    { step: 'exchange', status: 200, body: said(40029), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 200, body: said(50001), becomes: misconfigured },
    { step: 'exchange', status: 200, body: said(40001), becomes: misconfigured },
    { step: 'exchange', status: 200, body: said(60020), becomes: misconfigured },
    { step: 'exchange', status: 200, body: said(42001), becomes: misconfigured },
    { step: 'exchange', status: 200, body: said(40014), becomes: misconfigured },
    { step: 'exchange', status: 200, body: said(-1), becomes: { kind: 'unavailable' } },
    {
      step: 'exchange',
      status: 200,
      body: said(45009),
      becomes: { kind: 'rate-limited', retryAfter: undefined },
    },
    { step: 'exchange', status: 200, body: said(99999), becomes: { kind: 'unknown' } },
    { step: 'profile', status: 200, body: said(-1), becomes: { kind: 'unavailable' } },
    { step: 'profile', status: 200, body: said(60111), becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: {},
    path: '/token',
    profile: { errcode: 0, errmsg: 'ok', userid: 'zhangsan' },
    subject: 'userid',
    is: (userid) => `${corpId}:${userid}`,
    showing: { path: '/api/cgi-bin/user/get', profile: { errcode: 0, name: '张三' } },
    shown: ['name'],
    more: { '/api/cgi-bin/gettoken': appToken },
  },
});

const appTokenCalls = async () => (await room().log()).filter(({ path }) => path.includes('/gettoken'));

describe('WeCom', () => {
  it('is asked for its app token once, and again after its expiry', async () => {
    const upstream = room().withSecret(room().registration.clientSecret?.reveal() ?? '');
    const arrive = async () => await finish(upstream, await room().approved('lin', upstream));
    await Promise.all([arrive(), arrive(), arrive()]);
    await arrive();
    expect(await appTokenCalls()).toHaveLength(1);
    room().clock.advance(hours(2));
    await arrive();
    expect(await appTokenCalls()).toHaveLength(2);
  });

  it.each(['app_token_expired', 'app_token_refused'])(
    'is asked for another app token if the current one is refused early: %s',
    async (fault) => {
      await room().arrive('lin');
      const before = (await appTokenCalls()).length;
      await room().fault('token', fault);
      expect((await room().arrive('lin')).account.subject).toBe(`${corpId}:lin-xiaoyu`);
      expect(await appTokenCalls()).toHaveLength(before + 1);
    },
  );

  it('is misconfigured with a wrong secret', async () => {
    const call = finish(room().withSecret('another'), await room().approved('lin'));
    await expect(call).rejects.toMatchObject({ step: 'exchange', failure: misconfigured });
  });

  it('signs in members only', async () => {
    const call = room().arrive('sam');
    await expect(call).rejects.toMatchObject({ step: 'profile', code: 'not_a_member' });
  });

  it('has no name for a member if it may not read the directory', async () => {
    await room().fault('profile', 'directory_closed');
    expect((await room().arrive('lin')).account.name).toBeUndefined();
    const { upstream } = room().withOptions({ name: 'none' });
    const { account } = await finish(upstream, await room().approved('lin', upstream));
    expect(account.name).toBeUndefined();
  });

  it('is misconfigured if our IP address is not allowed', async () => {
    await room().fault('token', 'address_not_listed');
    await expect(room().arrive('lin')).rejects.toMatchObject({ failure: misconfigured });
  });

  it('authorizes inside its own app, with parameters in the required order', async () => {
    const { real } = room().withOptions({ page: 'client' });
    const { url } = await depart(real);
    expect(url.origin + url.pathname).toBe('https://open.weixin.qq.com/connect/oauth2/authorize');
    expect([...url.searchParams.keys()]).toEqual([
      'appid',
      'redirect_uri',
      'response_type',
      'scope',
      'state',
      'agentid',
    ]);
    expect(url.hash).toBe('#wechat_redirect');
    const { inApp } = real.connector;
    expect(inApp?.only).toBe(true);
    expect(inApp?.userAgent.test('Mozilla/5.0 wxwork/4.1 MicroMessenger/7.0.1')).toBe(true);
    expect(inApp?.userAgent.test('Mozilla/5.0 MicroMessenger/8.0.50')).toBe(false);
  });

  it('gives a picture and an unverified address if the member consents', async () => {
    const { lab, upstream } = room();
    const url = new URL(`${lab.url}/wecom/connect/oauth2/authorize`);
    url.search = new URLSearchParams({
      appid: corpId,
      redirect_uri: 'http://localhost:3000/connections/x/callback',
      response_type: 'code',
      scope: 'snsapi_privateinfo',
      agentid: '1000002',
      lab_user: 'lin',
      lab_auto: '1',
    }).toString();
    const headers = { 'user-agent': 'Mozilla/5.0 wxwork/4.1 MicroMessenger/7.0.1' };
    const response = await fetch(url, { redirect: 'manual', headers });
    const code = new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const { account } = await upstream.signIn({
      code,
      verifier: undefined,
      nonce: undefined,
      iss: undefined,
    });
    expect(account).toMatchObject({ email: 'lin@example.com', emailVerified: false });
    expect(account.picture).toContain('/wecom/lab/avatars/lin');
  });
});
