import type { Token } from '../../core/ledger-types.ts';
import { derived } from '../../core/mint.ts';
import type { Person } from '../../core/people.ts';
import { Refusal } from '../../core/refusal.ts';
import { type Call, param, type Reply } from '../../core/wire.ts';
import { buyTokens, need, needClient, renewTokens } from '../../engines/grants.ts';
import { requireToken } from '../../engines/require-token.ts';
import type { Room } from '../../profile.ts';
import { answer, errcode } from './dialect.ts';

const life = { access: 7200, refresh: 30 * 86400 };
const methods = ['GET'];

export function mountSns(room: Room): void {
  const { route } = room;
  route({
    kind: 'token',
    // A posted form works here by reports; it is untested at the other endpoints.
    methods: ['GET', 'POST'],
    path: '/sns/oauth2/access_token',
    handle: (call) => exchange(room, call),
  });
  route({
    kind: 'refresh',
    methods,
    path: '/sns/oauth2/refresh_token',
    handle: (call) => refresh(room, call),
  });
  route({ kind: 'profile', methods, path: '/sns/userinfo', handle: (call) => userinfo(room, call) });
  route({ kind: 'api', methods, path: '/sns/auth', handle: (call) => check(room, call) });
}

function exchange(room: Room, call: Call): Reply {
  const client = needClient(room, { id: need(call, 'appid'), secret: need(call, 'secret') });
  if (param(call, 'grant_type') !== 'authorization_code') throw new Refusal('grant_type');
  const asked = { code: param(call, 'code'), client, redirectUri: undefined, verifier: undefined };
  const { access, refresh: refreshToken } = buyTokens(room, asked, {
    life,
    redirect: 'ignored',
    pkce: 'ignored',
  });
  const unionid = mayKnow(access) && { unionid: unionidOf(room.person(access.user)) };
  return answer({ ...tokenFields(room, access, refreshToken), ...unionid });
}

function refresh(room: Room, call: Call): Reply {
  const client = needClient(room, { id: need(call, 'appid') });
  if (param(call, 'grant_type') !== 'refresh_token') throw new Refusal('grant_type');
  const presented = { client, value: param(call, 'refresh_token'), fault: call.fault };
  // A refresh does not extend the refresh token.
  const { access, refresh: next } = renewTokens(room, presented, { life, extends: true });
  return answer(tokenFields(room, access, next));
}

function userinfo(room: Room, call: Call): Reply {
  const token = requireOwnToken(room, call);
  if (!mayKnow(token)) throw new Refusal('scope');
  const person = room.person(token.user);
  return answer({
    openid: room.profile.subject(person, token.clientId),
    nickname: person.name,
    sex: 0,
    language: '',
    city: '',
    province: '',
    country: '',
    headimgurl: person.picture ?? `${room.picture(person)}/132`,
    privilege: [],
    unionid: unionidOf(person),
  });
}

function check(room: Room, call: Call): Reply {
  requireOwnToken(room, call);
  return errcode(0, 'ok');
}

function requireOwnToken(room: Room, call: Call): Token {
  const token = requireToken(room, param(call, 'access_token'));
  const openid = need(call, 'openid');
  if (openid !== room.profile.subject(room.person(token.user), token.clientId))
    throw new Refusal('subject_mismatch');
  return token;
}

function tokenFields(room: Room, access: Token, refreshToken: Token | undefined): Record<string, unknown> {
  return {
    access_token: access.value,
    expires_in: life.access,
    refresh_token: refreshToken?.value,
    openid: room.profile.subject(room.person(access.user), access.clientId),
    scope: access.scopes.join(','),
  };
}

/** Whether the profile may be read. With `snsapi_base` the app gets the openid alone. */
function mayKnow({ scopes }: Token): boolean {
  return scopes.includes('snsapi_login') || scopes.includes('snsapi_userinfo');
}

/** Returns the id that is the same for all apps of one open-platform account. */
export function unionidOf(person: Person): string {
  return `oU${derived(`wechat unionid ${person.id}`, 26)}`;
}
