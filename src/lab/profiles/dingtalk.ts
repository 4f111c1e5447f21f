import { alphabets, derived, random } from '../core/mint.ts';
import { Refusal } from '../core/refusal.ts';
import { type Call, json, type Reply } from '../core/wire.ts';
import { type Bought, buyTokens, needClient, renewTokens } from '../engines/grants.ts';
import { secondsLeft } from '../engines/redeem-code.ts';
import { requireToken } from '../engines/require-token.ts';
import { standardAuthorize } from '../engines/standard-authorize.ts';
import type { Profile, Room } from '../profile.ts';
import { dingtalkFaults, refuse } from './dingtalk/dialect.ts';

const life = { access: 7200, refresh: 30 * 86_400 };
const corpId = 'ding0105symbolonlab';

/** DingTalk v1.0: JSON in requests and answers, names in camel case, a code called `authCode`. */
export const dingtalk: Profile = {
  name: 'dingtalk',
  title: 'DingTalk',
  provider: 'dingtalk',
  clientId: 'dingsymbolonlab01',
  clientSecret: derived('dingtalk client secret', 64),
  endpoints: {
    authorization: '/oauth2/auth',
    token: '/v1.0/oauth2/userAccessToken',
    userinfo: '/v1.0/contact/users/me',
    api: '',
  },
  options: { native_audience: 'dingsymbolonlab01' },
  sdkScopes: ['openid'],
  scopeSeparator: ' ',
  rotation: 'single-use',
  mint: {
    code: () => random(32, alphabets.hex),
    access: () => random(32, alphabets.hex),
    refresh: () => random(32, alphabets.hex),
  },
  faults: dingtalkFaults,
  subject: (person, appKey) => derived(`dingtalk openId ${appKey} ${person.id}`, 24, alphabets.letters),
  refuse,
  mount(room) {
    room.authorize({
      ...standardAuthorize,
      path: '/oauth2/auth',
      codeParam: 'authCode',
      required: ['response_type', 'scope'],
      objection: ({ query }) => (query.get('prompt') === 'consent' ? undefined : '参数错误 prompt'),
      knownScope: (scope) => scope === 'openid' || scope === 'corpid',
      challenge: 'ignored',
      codeSeconds: 300,
      complain: 'page',
      denial: () => ({ error: 'access_denied' }),
    });
    room.route({
      kind: ({ json: body }) => (body.grantType === 'refresh_token' ? 'refresh' : 'token'),
      methods: ['POST'],
      path: '/v1.0/oauth2/userAccessToken',
      handle: (call) => answer(room, grant(room, call)),
    });
    room.route({
      kind: 'profile',
      methods: ['GET'],
      path: '/v1.0/contact/users/me',
      handle: (call) => me(room, call),
    });
  },
};

function grant(room: Room, call: Call): Bought {
  if (call.contentType !== 'application/json') throw new Refusal('request', 'body');
  const need = (name: string) => {
    const value = call.json[name];
    if (typeof value !== 'string' || value === '') throw new Refusal('missing', name);
    return value;
  };
  const client = needClient(room, { id: need('clientId'), secret: need('clientSecret') });
  switch (need('grantType')) {
    case 'authorization_code': {
      const asked = { client, code: need('code'), redirectUri: undefined, verifier: undefined };
      return buyTokens(room, asked, { life, redirect: 'ignored', pkce: 'ignored' });
    }
    case 'refresh_token': {
      const presented = { client, value: need('refreshToken'), fault: call.fault };
      return renewTokens(room, presented, { life, slides: true, extends: true });
    }
    default:
      throw new Refusal('grant_type');
  }
}

function answer(room: Room, { access, refresh }: Bought): Reply {
  return json({
    accessToken: access.value,
    refreshToken: refresh?.value,
    expireIn: secondsLeft(room, access),
    ...(access.scopes.includes('corpid') && { corpId }),
  });
}

function me(room: Room, call: Call): Reply {
  const access = requireToken(room, call.header('x-acs-dingtalk-access-token'));
  const person = room.person(access.user);
  return json({
    nick: person.name,
    avatarUrl: room.picture(person),
    openId: room.profile.subject(person, access.clientId),
    // The same for all apps of one organization.
    unionId: `${derived(`dingtalk unionId ${person.id}`, 22, alphabets.letters)}iE`,
    stateCode: '86',
    visitor: false,
    ...(person.email !== null && { email: person.email }),
  });
}
