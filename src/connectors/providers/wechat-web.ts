import { oauth2 } from '../contract/declare.ts';
import { profileOf } from './tencent/wechat-account.ts';
import { wechatOauth } from './tencent/wechat-oauth.ts';

/** WeChat QR login for websites (open platform, `snsapi_login`). */
export const wechatWeb = oauth2({
  ...wechatOauth,
  provider: 'wechat-web',
  title: { en: 'WeChat', zh: '微信' },
  issuer: 'https://open.weixin.qq.com',
  endpoints: {
    ...wechatOauth.endpoints,
    authorization: 'https://open.weixin.qq.com/connect/qrconnect',
  },
  scopes: { default: ['snsapi_login'], separator: ',' },
  authorizeParameters: ({ locale }) => ({ lang: locale === 'zh' ? 'cn' : 'en' }),
  account: profileOf,
});
