import { alphabets, derived, random } from '../core/mint.ts';
import type { Profile } from '../profile.ts';
import { mountConnect } from './qq/connect.ts';
import { qqFaults, refuse } from './qq/dialect.ts';

/** QQ Connect for websites. */
export const qq: Profile = {
  name: 'qq',
  title: 'QQ',
  provider: 'qq',
  clientId: '101050105',
  clientSecret: derived('qq client secret', 32, alphabets.hex),
  endpoints: {
    authorization: '/oauth2.0/authorize',
    token: '/oauth2.0/token',
    userinfo: '/user/get_user_info',
    api: '',
  },
  scopeSeparator: ',',
  rotation: 'single-use',
  mint: {
    code: () => random(32, upperHex),
    access: () => random(32, upperHex),
    refresh: () => random(32, upperHex),
  },
  faults: qqFaults,
  subject: (person, appId) => derived(`qq openid ${appId} ${person.id}`, 32, upperHex),
  refuse,
  mount(room) {
    room.authorize({
      path: '/oauth2.0/authorize',
      required: ['response_type', 'state'],
      scopeSeparator: /,/,
      defaultScopes: ['get_user_info'],
      redirectMatch: 'origin',
      challenge: 'ignored',
      codeSeconds: 600,
      complain: 'page',
      errorPage: (problem, detail) => ({
        status: 200,
        heading: 'QQ登录',
        text: `${problem === 'redirect' ? 'redirect uri is illegal(100010)' : problem} ${detail}`,
      }),
      denial: () => ({}),
      // A denial only closes the window.
      denialPage: { status: 200, heading: 'QQ登录', text: '已取消' },
      offline: () => true,
    });
    mountConnect(room);
  },
};

const upperHex = alphabets.hex.toUpperCase();
