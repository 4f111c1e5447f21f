import { alphabets, derived, random } from '../core/mint.ts';
import type { Profile } from '../profile.ts';
import { wechatAuthorize } from './wechat/authorize.ts';
import { refuse, wechatFaults } from './wechat/dialect.ts';
import { mountSns } from './wechat/sns.ts';

/** WeChat website login (开放平台, QR code). */
export const wechat: Profile = {
  name: 'wechat',
  title: 'WeChat',
  provider: 'wechat-web',
  clientId: 'wx5ab0105ab0105ab0',
  clientSecret: derived('wechat client secret', 32, alphabets.hex),
  endpoints: {
    authorization: '/connect/qrconnect',
    token: '/sns/oauth2/access_token',
    refresh: '/sns/oauth2/refresh_token',
    userinfo: '/sns/userinfo',
    api: '',
  },
  options: { native_audience: 'wx5ab0105ab0105ab0' },
  // The scopes of the mobile SDK.
  sdkScopes: ['snsapi_userinfo'],
  scopeSeparator: ',',
  rotation: 'static',
  mint: {
    code: () => `0${random(31)}`,
    access: () => `79_${random(86, alphabets.base64url)}`,
    refresh: () => `79_${random(86, alphabets.base64url)}`,
  },
  faults: wechatFaults,
  subject: (person, appid) => `o${derived(`wechat openid ${appid} ${person.id}`, 27)}`,
  refuse,
  mount(room) {
    room.authorize(wechatAuthorize);
    mountSns(room);
  },
};
