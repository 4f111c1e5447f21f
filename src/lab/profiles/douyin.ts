import { alphabets, derived, random } from '../core/mint.ts';
import type { Profile } from '../profile.ts';
import { douyinFaults, refuse } from './douyin/dialect.ts';
import { mountDouyin } from './douyin/oauth.ts';

/** Douyin open platform. */
export const douyin: Profile = {
  name: 'douyin',
  title: 'Douyin',
  provider: 'douyin',
  clientId: 'awsymbolonlab001',
  clientSecret: derived('douyin client secret', 32, alphabets.hex),
  endpoints: {
    authorization: '/platform/oauth/connect/',
    token: '/oauth/access_token/',
    refresh: '/oauth/refresh_token/',
    userinfo: '/oauth/userinfo/',
    api: '',
  },
  scopeSeparator: ',',
  rotation: 'static',
  mint: {
    code: () => random(32, alphabets.hex),
    access: () => `act.${random(64)}`,
    refresh: () => `rft.${random(48)}`,
  },
  faults: douyinFaults,
  subject: (person, clientKey) => `_000${derived(`douyin open_id ${clientKey} ${person.id}`, 32)}`,
  refuse,
  mount(room) {
    room.authorize({
      path: '/platform/oauth/connect/',
      clientParam: 'client_key',
      required: ['response_type', 'scope'],
      scopeSeparator: /,/,
      defaultScopes: [],
      redirectMatch: 'origin',
      challenge: 'ignored',
      codeSeconds: 600,
      complain: 'page',
      errorPage: (problem, detail) => ({
        status: 200,
        heading: '抖音开放平台',
        text: `${problem} ${detail}`,
      }),
      denial: () => ({}),
      offline: () => true,
    });
    mountDouyin(room);
  },
};
