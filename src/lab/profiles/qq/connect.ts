import type { Token } from '../../core/ledger-types.ts';
import { alphabets, derived } from '../../core/mint.ts';
import type { Person } from '../../core/people.ts';
import { Refusal } from '../../core/refusal.ts';
import { type Call, json, param, type Reply } from '../../core/wire.ts';
import { type Bought, buyTokens, need, needClient, renewTokens } from '../../engines/grants.ts';
import { requireToken } from '../../engines/require-token.ts';
import type { Room } from '../../profile.ts';
import { say } from './dialect.ts';

const life = { access: 60 * 86_400, refresh: 90 * 86_400 };

export function mountConnect(room: Room): void {
  const methods = ['GET'];
  room.route({
    kind: (call) => (param(call, 'grant_type') === 'refresh_token' ? 'refresh' : 'token'),
    methods,
    path: '/oauth2.0/token',
    handle: (call) => token(room, call),
  });
  room.route({ kind: 'profile', methods, path: '/oauth2.0/me', handle: (call) => me(room, call) });
  room.route({
    kind: 'profile',
    methods,
    path: '/user/get_user_info',
    handle: (call) => userInfo(room, call),
  });
}

function token(room: Room, call: Call): Reply {
  const client = needClient(room, { id: need(call, 'client_id'), secret: need(call, 'client_secret') });
  switch (need(call, 'grant_type')) {
    case 'authorization_code': {
      const asked = { client, code: need(call, 'code'), redirectUri: need(call, 'redirect_uri') };
      const rules = { life, redirect: 'required', pkce: 'ignored' } as const;
      return answer(room, call, buyTokens(room, { ...asked, verifier: undefined }, rules));
    }
    case 'refresh_token': {
      const presented = { client, value: need(call, 'refresh_token'), fault: call.fault };
      return answer(room, call, renewTokens(room, presented, { life, slides: true }));
    }
    default:
      throw new Refusal('grant_type');
  }
}

/** Returns the answer, whose values are all texts, also the seconds. */
function answer(room: Room, call: Call, { access, refresh }: Bought): Reply {
  const fields = {
    access_token: access.value,
    expires_in: String(life.access),
    refresh_token: refresh?.value,
    ...(tellsOpenid(call) && { openid: openidOf(room, access) }),
  };
  return call.query.get('fmt') === 'json' ? json(fields) : { status: 200, encoding: 'form', body: fields };
}

/** Whether the answer includes the openid. The documentation says so of the code exchange only. */
function tellsOpenid({ query }: Call): boolean {
  return query.get('grant_type') === 'authorization_code' && query.get('need_openid') === '1';
}

function me(room: Room, call: Call): Reply {
  const access = requireToken(room, param(call, 'access_token'));
  const wanted = call.query.get('unionid') === '1';
  if (wanted && call.fault === 'unionid_not_granted')
    return say(call, { error: 100048, error_description: 'no unionid permission' });
  const person = room.person(access.user);
  return say(call, {
    client_id: access.clientId,
    openid: openidOf(room, access),
    ...(wanted && { unionid: unionidOf(person) }),
  });
}

function userInfo(room: Room, call: Call): Reply {
  const access = requireToken(room, param(call, 'access_token'), ['get_user_info']);
  if (need(call, 'oauth_consumer_key') !== access.clientId) throw new Refusal('client_unknown');
  if (need(call, 'openid') !== openidOf(room, access)) throw new Refusal('subject_mismatch');
  const person = room.person(access.user);
  const picture = room.picture(person);
  return json({
    ret: 0,
    msg: '',
    is_lost: 0,
    nickname: person.name,
    gender: '女',
    gender_type: 1,
    province: '',
    city: '',
    year: '1990',
    figureurl_qq_1: `${picture}/40`,
    figureurl_qq_2: `${picture}/100`,
    is_yellow_vip: '0',
  });
}

function openidOf(room: Room, token: Token): string {
  return room.profile.subject(room.person(token.user), token.clientId);
}

/** Returns the id that is the same for all apps of one developer. */
function unionidOf(person: Person): string {
  return `UID_${derived(`qq unionid ${person.id}`, 32, alphabets.hex.toUpperCase())}`;
}
