import { alphabets, derived, random } from '../core/mint.ts';
import { Refusal } from '../core/refusal.ts';
import type { Call, Reply } from '../core/wire.ts';
import { requireForm } from '../engines/form-only.ts';
import { type Bought, buyTokens, need, needClient, renewTokens } from '../engines/grants.ts';
import { requireToken } from '../engines/require-token.ts';
import { standardAuthorize } from '../engines/standard-authorize.ts';
import type { Profile, Room } from '../profile.ts';
import { refuse, succeed } from './bilibili/dialect.ts';

const life = { access: 30 * 86_400, refresh: 180 * 86_400 };

/** Bilibili open platform, with the page of the account centre, since a server does not receive fragments. */
export const bilibili: Profile = {
  name: 'bilibili',
  title: 'Bilibili',
  provider: 'bilibili',
  clientId: 'b1b10105b1b10105',
  clientSecret: derived('bilibili client secret', 32, alphabets.hex),
  endpoints: {
    authorization: '/pc/account-pc/auth/oauth',
    token: '/x/account-oauth2/v1/token',
    refresh: '/x/account-oauth2/v1/refresh_token',
    userinfo: '/arcopen/fn/user/account/info',
    api: '',
  },
  options: { authorize_page: 'account' },
  scopeSeparator: ' ',
  rotation: 'single-use',
  mint: {
    code: () => random(32, alphabets.hex),
    access: () => random(32, alphabets.hex),
    refresh: () => random(32, alphabets.hex),
  },
  subject: (person, clientId) => derived(`bilibili openid ${clientId} ${person.id}`, 32, alphabets.hex),
  refuse,
  mount(room) {
    room.authorize({
      ...standardAuthorize,
      path: '/pc/account-pc/auth/oauth',
      redirectParam: 'gourl',
      required: [],
      challenge: 'ignored',
      complain: 'page',
      denial: () => ({}),
    });
    const on = (kind: 'token' | 'refresh', path: string, act: (room: Room, call: Call) => Bought) =>
      room.route({ kind, methods: ['POST'], path, handle: (call) => answer(room, act(room, call)) });
    on('token', '/x/account-oauth2/v1/token', exchange);
    on('refresh', '/x/account-oauth2/v1/refresh_token', refresh);
    room.route({
      kind: 'profile',
      methods: ['GET'],
      path: '/arcopen/fn/user/account/info',
      handle: (call) => info(room, call),
    });
  },
};

function exchange(room: Room, call: Call): Bought {
  requireForm(call);
  const client = needClient(room, { id: need(call, 'client_id'), secret: need(call, 'client_secret') });
  if (need(call, 'grant_type') !== 'authorization_code') throw new Refusal('grant_type');
  const asked = { client, code: need(call, 'code'), redirectUri: undefined, verifier: undefined };
  return buyTokens(room, asked, { life, redirect: 'ignored', pkce: 'ignored' });
}

function refresh(room: Room, call: Call): Bought {
  requireForm(call);
  const client = needClient(room, { id: need(call, 'client_id'), secret: need(call, 'client_secret') });
  if (need(call, 'grant_type') !== 'refresh_token') throw new Refusal('grant_type');
  return renewTokens(
    room,
    { client, value: need(call, 'refresh_token'), fault: call.fault },
    { life, slides: true },
  );
}

/** Returns the answer, whose `expires_in` is a point in time and no duration. */
function answer(_room: Room, { access, refresh: next }: Bought): Reply {
  return succeed({
    access_token: access.value,
    expires_in: Math.floor((access.expiresAt ?? 0) / 1000),
    refresh_token: next?.value,
  });
}

function info(room: Room, call: Call): Reply {
  const access = requireToken(room, call.query.get('access_token') ?? undefined);
  if (need(call, 'client_id') !== access.clientId) throw new Refusal('token_unknown');
  const person = room.person(access.user);
  const openid = room.profile.subject(person, access.clientId);
  return succeed({ name: person.name, face: room.picture(person), openid });
}
