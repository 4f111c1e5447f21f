import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { wechatWords } from './wechat-words.ts';

const openid = 'oX1-2fakeOpenIdForApp';
const room = conforms({
  provider: 'wechat-web',
  profile: 'wechat',
  authorize: {
    address: 'https://open.weixin.qq.com/connect/qrconnect',
    ordered: true,
    parameters: [
      ['appid', 'wx5ab0105ab0105ab0'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['response_type', 'code'],
      ['scope', 'snsapi_login'],
      ['state', 'a1b2c3'],
      ['lang', 'en'],
    ],
    fragment: '#wechat_redirect',
    asking: [{ ask: { locale: 'zh' }, adds: { lang: 'cn' } }],
  },
  exchange: {
    method: 'GET',
    path: '/wechat/sns/oauth2/access_token',
    params: ['appid', 'secret', 'code', 'grant_type'],
  },
  granted: ['snsapi_login'],
  account: {
    subject: expect.stringMatching(/^o[\w-]{27}$/),
    alternates: { 'wechat:unionid': expect.stringMatching(/^oU/) },
    name: '林小雨',
    picture: expect.stringContaining('/wechat/lab/avatars/lin/132'),
    email: undefined,
    emailVerified: false,
  },
  words: wechatWords,
  rogue: {
    tokens: {
      access_token: 'rogue-access-token',
      expires_in: 7200,
      refresh_token: 'rogue-refresh-token',
      openid,
      scope: 'snsapi_login',
    },
    path: '/userinfo',
    profile: {
      openid,
      nickname: '示例用户',
      sex: 0,
      headimgurl: 'https://thirdwx.qlogo.cn/mmopen/vi_32/fake/132',
      privilege: [],
    },
    subject: 'openid',
    shown: ['nickname', 'headimgurl'],
  },
  renewal: {
    how: 'refresh_token',
    asked: {
      method: 'GET',
      path: '/wechat/sns/oauth2/refresh_token',
      params: ['appid', 'grant_type', 'refresh_token'],
    },
    keepsRefreshToken: true,
  },
  revocation: 'none',
});

describe('WeChat', () => {
  it('gives the app what it needs besides the token', async () => {
    const { tokens, account } = await room().arrive('lin');
    const unionid = account.alternates['wechat:unionid'];
    expect(tokens.parameters).toEqual({ openid: account.subject, unionid });
  });

  it('has no unionid without an open-platform account, and the same subject', async () => {
    const { account: before } = await room().arrive('lin');
    for (const on of ['token', 'profile']) await room().fault(on, 'omit_unionid');
    const { account, tokens } = await room().arrive('lin');
    expect(account.subject).toBe(before.subject);
    expect(account.alternates).toEqual({});
    expect(tokens.parameters).toEqual({ openid: before.subject });
  });

  it('extends a valid token without changing it', async () => {
    const { tokens } = await room().arrive('lin');
    const next = await room().upstream.refresh(tokens);
    expect(next.accessToken.reveal()).toBe(tokens.accessToken.reveal());
    expect(next.expiresIn).toBe(7200);
  });

  it('ends the grant after 30 days, or after 180 if the connection says so', async () => {
    const { upstream, withOptions } = room();
    const longer = withOptions({ refresh_days: '180' }).upstream;
    for (const [at, days] of [
      [upstream, 30],
      [longer, 180],
    ] as const) {
      expect(at.connector.refresh.absoluteCap).toBe(days * 86_400);
      expect((await room().arrive('lin', at)).tokens.refreshExpiresIn).toBe(days * 86_400);
    }
  });

  it('signs no one in if it answers for another openid than the token’s', async () => {
    const { rogue, misled } = room();
    rogue.says({ '/token': { access_token: 'x', openid: 'one' }, '/userinfo': { openid: 'other' } });
    const call = misled.signIn({ code: 'c', verifier: undefined, nonce: undefined, iss: undefined });
    await expect(call).rejects.toMatchObject({ step: 'profile', code: 'bad_profile' });
  });

  it('has its unionid kept out of the database if that is no valid text', async () => {
    const { rogue, misled } = room();
    const unionid = 'a\0b';
    rogue.says({ '/token': { access_token: 'x', openid: 'one' }, '/userinfo': { openid: 'one', unionid } });
    const call = misled.signIn({ code: 'c', verifier: undefined, nonce: undefined, iss: undefined });
    await expect(call).rejects.toMatchObject({ step: 'profile', failure: { kind: 'unknown' } });
  });
});
