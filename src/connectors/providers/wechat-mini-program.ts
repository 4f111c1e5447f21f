import type { IdentifyCall } from '../contract/calls.ts';
import { tokenless } from '../contract/declare.ts';
import { familyOption, nativeAudienceOption } from '../contract/options.ts';
import { accountFromIds } from './tencent/wechat-account.ts';
import { classify } from './tencent/wechat-errors.ts';

const codeToSession = 'https://api.weixin.qq.com/sns/jscode2session';

/** A WeChat mini-program. It sends the code from `wx.login()`. There are no tokens and no consent page. */
export const wechatMiniProgram = tokenless({
  provider: 'wechat-mini-program',
  title: { en: 'WeChat', zh: '微信' },
  homeMarket: 'china',
  pinyin: 'wei xin',
  variant: { en: 'mini program', zh: '小程序' },
  issuer: 'https://open.weixin.qq.com',
  endpoints: {
    authorization: codeToSession,
    token: codeToSession,
    api: 'https://api.weixin.qq.com',
  },
  options: { family: familyOption, native_audience: nativeAudienceOption },
  native: { kinds: ['code'] },
  sharedId: 'wechat:unionid',
  profileIds: { subject: 'openid', shared: 'unionid' },
  signInBy: 'code',
  manageAccess: {
    menu: {
      en: 'Me → Settings → Personal Info & Permissions → Manage Authorizations',
      zh: '我 → 设置 → 个人信息与权限 → 授权管理',
    },
  },
  scopes: { default: [], separator: ',' },
  registrationRules: { clientId: /^wx/ },
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: { how: 'none', rotation: 'static' },
  transport: { in: 'query', name: 'access_token' },
  classify,
  identify,
});

async function identify({ code, registration, http }: IdentifyCall) {
  const { clientId, clientSecret, endpoints } = registration;
  const url = new URL(endpoints.token);
  url.search = new URLSearchParams({
    appid: clientId,
    secret: clientSecret?.reveal() ?? '',
    js_code: code,
    grant_type: 'authorization_code',
  }).toString();
  // `session_key` is not read: it decrypts data that only the mini-program's client has.
  return accountFromIds(await http.json('exchange', url));
}
