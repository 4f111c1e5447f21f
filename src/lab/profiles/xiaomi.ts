import { alphabets, derived, random } from '../core/mint.ts';
import { Refusal } from '../core/refusal.ts';
import { type Call, json, type Reply } from '../core/wire.ts';
import { type Bought, buyTokens, need, needClient, renewTokens } from '../engines/grants.ts';
import { secondsLeft } from '../engines/redeem-code.ts';
import { requireToken } from '../engines/require-token.ts';
import { standardAuthorize } from '../engines/standard-authorize.ts';
import type { Profile, Room } from '../profile.ts';
import { prefixed, refuse } from './xiaomi/dialect.ts';

const life = { access: 90 * 86_400, refresh: 10 * 365 * 86_400 };

/** Xiaomi account: scopes are numbers, and every token answer has a prefix. */
export const xiaomi: Profile = {
  name: 'xiaomi',
  title: 'Xiaomi',
  provider: 'xiaomi',
  clientId: '2882303761500105010',
  clientSecret: derived('xiaomi client secret', 24, alphabets.letters),
  endpoints: {
    authorization: '/oauth2/authorize',
    token: '/oauth2/token',
    userinfo: '/user/profile',
    api: '',
  },
  scopeSeparator: ' ',
  rotation: 'single-use',
  mint: {
    code: () => `C3_${random(32)}`,
    access: () => `V3_${random(120, alphabets.base64url)}`,
    refresh: () => `R3_${random(120, alphabets.base64url)}`,
  },
  subject: (person, appId) => `2.0${derived(`xiaomi openId ${appId} ${person.id}`, 22, alphabets.letters)}`,
  refuse,
  mount(room) {
    room.authorize({
      ...standardAuthorize,
      path: '/oauth2/authorize',
      required: ['response_type'],
      defaultScopes: ['1'],
      knownScope: (scope) => /^\d{1,5}$/.test(scope),
      challenge: 'ignored',
      denial: () => ({ error: '96012', error_description: 'user canceled' }),
    });
    room.route({
      kind: ({ query, form }) =>
        (query.get('grant_type') ?? form.get('grant_type')) === 'refresh_token' ? 'refresh' : 'token',
      methods: ['GET', 'POST'],
      path: '/oauth2/token',
      handle: (call) => token(room, call),
    });
    room.route({
      kind: 'profile',
      methods: ['GET'],
      path: '/user/profile',
      handle: (call) => profile(room, call),
    });
  },
};

function token(room: Room, call: Call): Reply {
  const client = needClient(room, { id: need(call, 'client_id'), secret: need(call, 'client_secret') });
  const redirectUri = need(call, 'redirect_uri');
  switch (need(call, 'grant_type')) {
    case 'authorization_code': {
      const asked = { client, code: need(call, 'code'), redirectUri, verifier: undefined };
      return answer(room, buyTokens(room, asked, { life, redirect: 'required', pkce: 'ignored' }));
    }
    case 'refresh_token': {
      // Compared with the registration, as at the code exchange.
      const registered = client.redirectOrigins.some((entry) => redirectUri.startsWith(entry));
      if (!registered) throw new Refusal('redirect_mismatch');
      const presented = { client, value: need(call, 'refresh_token'), fault: call.fault };
      return answer(room, renewTokens(room, presented, { life, slides: true }));
    }
    default:
      throw new Refusal('grant_type');
  }
}

function answer(room: Room, { access, refresh }: Bought): Reply {
  const person = room.person(access.user);
  const mayKnow = access.scopes.includes('3');
  return prefixed({
    access_token: access.value,
    expires_in: secondsLeft(room, access),
    refresh_token: refresh?.value,
    scope: access.scopes.join(' '),
    token_type: 'mac',
    mac_key: random(28, alphabets.base64url),
    mac_algorithm: 'HmacSha1',
    ...(mayKnow && { openId: room.profile.subject(person, access.clientId) }),
    union_id: unionIdOf(person.id),
  });
}

function profile(room: Room, call: Call): Reply {
  const access = requireToken(room, call.query.get('token') ?? undefined, ['1']);
  if (need(call, 'clientId') !== access.clientId) throw new Refusal('token_unknown');
  const person = room.person(access.user);
  const data = { miliaoNick: person.name, miliaoIcon: room.picture(person), unionId: unionIdOf(person.id) };
  return json({ result: 'ok', code: 0, description: 'no error', data });
}

/** Returns the id that is the same for all apps of one developer. */
function unionIdOf(person: string): string {
  return derived(`xiaomi unionId ${person}`, 24, alphabets.letters);
}
