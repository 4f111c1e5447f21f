import { alphabets, derived } from '../core/mint.ts';
import type { Profile } from '../profile.ts';
import { officialAuthorize } from './wechat/authorize.ts';
import { mountSns } from './wechat/sns.ts';
import { wechat } from './wechat.ts';

/** A WeChat service account: the same API, with a consent page that opens only inside WeChat. */
export const wechatOfficialAccount: Profile = {
  ...wechat,
  name: 'wechat-official-account',
  title: 'WeChat official account',
  provider: 'wechat-official-account',
  clientId: 'wx6ab0105ab0105ab1',
  clientSecret: derived('wechat official account secret', 32, alphabets.hex),
  options: {},
  endpoints: { ...wechat.endpoints, authorization: '/connect/oauth2/authorize' },
  mount(room) {
    room.authorize(officialAuthorize);
    mountSns(room);
  },
};
