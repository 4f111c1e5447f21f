import type { AccountCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import { UpstreamError } from '../contract/failures.ts';
import { scopeWords } from '../contract/scope-words.ts';
import { accountFromIds, profileOf } from './tencent/wechat-account.ts';
import { wechatOauth } from './tencent/wechat-oauth.ts';

/** A WeChat service account (服务号), for pages opened inside WeChat. */
export const wechatOfficialAccount = oauth2({
  ...wechatOauth,
  provider: 'wechat-official-account',
  title: { en: 'WeChat', zh: '微信' },
  homeMarket: 'china',
  pinyin: 'wei xin',
  variant: { en: 'official account', zh: '公众号' },
  issuer: 'https://open.weixin.qq.com',
  endpoints: {
    ...wechatOauth.endpoints,
    authorization: 'https://open.weixin.qq.com/connect/oauth2/authorize',
  },
  // WeCom's browser has both names in its user agent.
  inApp: { userAgent: /^(?!.*wxwork).*MicroMessenger/i, only: true },
  manageAccess: {
    menu: {
      en: 'Me → Settings → Personal Info & Permissions → Manage Authorizations',
      zh: '我 → 设置 → 个人信息与权限 → 授权管理',
    },
  },
  scopeWords: scopeWords({
    snsapi_userinfo: ['see your name and picture', '获取您的昵称和头像'],
    snsapi_base: ['know that it is you', '获取您的用户标识'],
  }),
  scopes: { default: ['snsapi_userinfo'], separator: ',' },
  // Otherwise WeChat asks for consent only once.
  authorizeParameters: ({ forceConsent }) => ({ ...(forceConsent && { forcePopup: 'true' }) }),
  account,
});

async function account(call: AccountCall) {
  const { extra, scopes } = call.tokens;
  // A page that WeChat shows as a snapshot has a virtual user, which is no account.
  if (extra.is_snapshotuser === 1)
    throw new UpstreamError('profile', { kind: 'unknown' }, { code: 'snapshot_user' });
  // `snsapi_base` shows no consent page and gives the openid alone.
  return scopes?.includes('snsapi_userinfo') ? await profileOf(call) : accountFromIds(extra);
}
