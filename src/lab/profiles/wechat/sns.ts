import type { LabClient } from '../../core/client.ts';
import type { Token } from '../../core/ledger-types.ts';
import { derived } from '../../core/mint.ts';
import type { Person } from '../../core/people.ts';
import { Refusal } from '../../core/refusal.ts';
import { findRefresh, succeed } from '../../core/rotation.ts';
import { type Call, param, type Reply } from '../../core/wire.ts';
import { issueTokens, redeemCode, until } from '../../engines/redeem-code.ts';
import { requireToken } from '../../engines/require-token.ts';
import type { Room } from '../../profile.ts';
import { answer, errcode } from './dialect.ts';

const life = { access: 7200, refresh: 30 * 86400 };
const methods = ['GET', 'POST'];

export function mountSns(room: Room): void {
  const { route } = room;
  route({ kind: 'token', methods, path: '/sns/oauth2/access_token', handle: (call) => exchange(room, call) });
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
  const client = readClient(room, call);
  const secret = need(call, 'secret');
  if (secret !== client.clientSecret) throw new Refusal('client_secret');
  if (param(call, 'grant_type') !== 'authorization_code') throw new Refusal('grant_type');
  const asked = { code: param(call, 'code'), client, redirectUri: undefined, verifier: undefined };
  const code = redeemCode(room, asked, { redirect: 'ignored', pkce: 'ignored' });
  const { access, refresh: refreshToken } = issueTokens(room, code, life);
  const unionid = unionidOf(room.person(code.user));
  return answer({ ...tokenFields(room, access, refreshToken), unionid });
}

/** A token that still lives keeps its value and gets its full life back; only an expired one is replaced. */
function refresh(room: Room, call: Call): Reply {
  const client = readClient(room, call);
  if (param(call, 'grant_type') !== 'refresh_token') throw new Refusal('grant_type');
  const presented = { value: param(call, 'refresh_token'), fault: call.fault };
  const old = findRefresh(room, presented, client);
  const { ledger } = room;
  const alive = ledger.family(old).find((token) => token.kind === 'access' && ledger.isLive(token));
  const expiresAt = until(room, life.access);
  const { family, scopes } = old;
  const access = alive ?? ledger.issue({ kind: 'access', family, scopes, expiresAt, grant: room.grant(old) });
  access.expiresAt = expiresAt;
  // The end of the refresh token is never moved.
  const next = succeed(room, old, { expiresAt: old.expiresAt, fault: call.fault });
  ledger.touch();
  return answer(tokenFields(room, access, next));
}

function userinfo(room: Room, call: Call): Reply {
  const token = requireOwnToken(room, call);
  if (!token.scopes.includes('snsapi_login')) throw new Refusal('scope');
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

function readClient(room: Room, call: Call): LabClient {
  const client = room.client(need(call, 'appid'));
  if (client === undefined) throw new Refusal('client_unknown');
  return client;
}

function need(call: Call, name: string): string {
  const value = param(call, name);
  if (value === undefined) throw new Refusal('missing', name);
  return value;
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

/** The same for every app of one open-platform account. */
function unionidOf(person: Person): string {
  return `oU${derived(`wechat unionid ${person.id}`, 26)}`;
}
