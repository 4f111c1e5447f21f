import { describe, expect, it } from 'vitest';
import { wechatOfficialAccount } from '../../src/connectors/providers/wechat-official-account.ts';
import { conforms } from './conformance.ts';
import { depart, finish } from './provider-world.ts';
import { wechatWords } from './wechat-words.ts';

const openid = 'oZ9fakeMpOpenId';
const insideWechat =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50';
const asked = (name: string, params: readonly string[]) => ({
  method: 'GET',
  path: `/wechat-official-account/sns/oauth2/${name}`,
  params,
});

const room = conforms({
  provider: 'wechat-official-account',
  profile: 'wechat-official-account',
  userAgent: insideWechat,
  authorize: {
    address: 'https://open.weixin.qq.com/connect/oauth2/authorize',
    ordered: true,
    parameters: [
      ['appid', 'wx6ab0105ab0105ab1'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['response_type', 'code'],
      ['scope', 'snsapi_userinfo'],
      ['state', 'a1b2c3'],
    ],
    fragment: '#wechat_redirect',
    asking: [{ ask: { forceConsent: true }, adds: { forcePopup: 'true' } }],
  },
  exchange: asked('access_token', ['appid', 'secret', 'code', 'grant_type']),
  granted: ['snsapi_userinfo'],
  account: {
    subject: expect.stringMatching(/^o[\w-]{27}$/),
    alternates: { 'wechat:unionid': expect.stringMatching(/^oU/) },
    name: '林小雨',
    picture: expect.stringContaining('/wechat-official-account/lab/avatars/lin/132'),
    email: undefined,
    emailVerified: false,
  },
  words: wechatWords,
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 7200, openid, scope: 'snsapi_userinfo' },
    path: '/userinfo',
    profile: { openid, nickname: '示例用户', headimgurl: 'https://thirdwx.qlogo.cn/mmopen/vi_32/fake/132' },
    subject: 'openid',
    shown: ['nickname', 'headimgurl'],
  },
  renewal: {
    how: 'refresh_token',
    asked: asked('refresh_token', ['appid', 'grant_type', 'refresh_token']),
    keepsRefreshToken: true,
  },
  revocation: 'none',
});

describe('A WeChat official account', () => {
  it('is offered in WeChat’s own browser, and not in WeCom’s', () => {
    const { userAgent, only } = wechatOfficialAccount.inApp ?? {};
    expect(only).toBe(true);
    expect(userAgent?.test(insideWechat)).toBe(true);
    expect(userAgent?.test('Mozilla/5.0 wxwork/4.1 MicroMessenger/7.0.1')).toBe(false);
    expect(userAgent?.test('Mozilla/5.0 Chrome/140 Safari/537.36')).toBe(false);
  });

  it('does not ask the person if its page is opened elsewhere', async () => {
    const { url } = await depart(room().upstream);
    const response = await fetch(url, { redirect: 'manual' });
    expect(await response.text()).toContain('请在微信客户端打开链接');
  });

  it('identifies the person by the unionid of the website, and by an openid of its own', async () => {
    const { account } = await room().arrive('ada');
    const answer = await fetch(`${room().lab.url}/control/wechat`);
    const { users } = (await answer.json()) as { users: { id: string; subject: string }[] };
    expect(account.subject).not.toBe(users.find(({ id }) => id === 'ada')?.subject);
    expect(account.alternates['wechat:unionid']).toMatch(/^oU/);
  });

  it('returns the openid without a profile if asked for snsapi_base', async () => {
    const silent = room().withScopes(['snsapi_base']);
    const { account } = await finish(silent, await room().approved('lin', silent));
    expect(account).toMatchObject({ alternates: {}, name: undefined, picture: undefined });
    expect((await room().log()).filter(({ kind }) => kind === 'profile')).toEqual([]);
    expect(account.subject).toBe((await room().arrive('lin')).account.subject);
  });

  it('signs no one in as the virtual user of a snapshot', async () => {
    await room().fault('token', 'snapshot_user');
    await expect(room().arrive('lin')).rejects.toMatchObject({ step: 'profile', code: 'snapshot_user' });
  });
});
