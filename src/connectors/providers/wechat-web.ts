import { oauth2 } from '../contract/declare.ts';
import { scopeWords } from '../contract/scope-words.ts';
import { profileOf } from './tencent/wechat-account.ts';
import { wechatOauth } from './tencent/wechat-oauth.ts';

/** WeChat QR login for websites (open platform, `snsapi_login`). */
export const wechatWeb = oauth2({
  ...wechatOauth,
  provider: 'wechat-web',
  title: { en: 'WeChat', zh: '微信' },
  homeMarket: 'china',
  worksNotIn: { phone: 'qr-code' },
  pinyin: 'wei xin',
  issuer: 'https://open.weixin.qq.com',
  endpoints: {
    ...wechatOauth.endpoints,
    authorization: 'https://open.weixin.qq.com/connect/qrconnect',
  },
  manageAccess: {
    menu: {
      en: 'Me → Settings → Personal Info & Permissions → Manage Authorizations',
      zh: '我 → 设置 → 个人信息与权限 → 授权管理',
    },
  },
  scopeWords: scopeWords({
    snsapi_login: ['see your name and picture', '获取您的昵称和头像'],
  }),
  scopes: { default: ['snsapi_login'], separator: ',' },
  authorizeParameters: ({ locale }) => ({ lang: locale === 'zh' ? 'cn' : 'en' }),
  account: profileOf,
});
