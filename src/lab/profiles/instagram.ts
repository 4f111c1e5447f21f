import { alphabets, derived, random } from '../core/mint.ts';
import { Refusal } from '../core/refusal.ts';
import { type Call, json, param, type Reply } from '../core/wire.ts';
import { needClient } from '../engines/grants.ts';
import { issueTokens, redeemCode, secondsLeft, until } from '../engines/redeem-code.ts';
import { requireToken } from '../engines/require-token.ts';
import { standardAuthorize } from '../engines/standard-authorize.ts';
import type { Profile, Room } from '../profile.ts';
import { refuse as refuseGraph } from './facebook/dialect.ts';

const shortLife = 3600;
const longLife = 60 * 86_400;
const day = 86_400_000;

/** API with Instagram Login: a code is exchanged at one host, tokens are traded and used at another. */
export const instagram: Profile = {
  name: 'instagram',
  title: 'Instagram',
  provider: 'instagram',
  clientId: derived('instagram app id', 16, alphabets.digits),
  clientSecret: derived('instagram app secret', 32, alphabets.hex),
  endpoints: {
    authorization: '/oauth/authorize',
    token: '/oauth/access_token',
    userinfo: '/graph/me',
    api: '/graph',
  },
  scopeSeparator: ',',
  rotation: 'static',
  mint: {
    code: () => `AQ${random(160, alphabets.base64url)}`,
    access: () => `IGAA${random(140)}ZD`,
    refresh: () => random(40),
  },
  subject: (person, appId) => `178${derived(`instagram id ${appId} ${person.id}`, 14, alphabets.digits)}`,
  refuse: (problem, call, detail) =>
    call.path.endsWith('/oauth/access_token') ? codeRefusal(detail) : refuseGraph(problem, call, detail),
  mount(room) {
    room.authorize({
      ...standardAuthorize,
      path: '/oauth/authorize',
      scopeSeparator: /,/,
      required: ['response_type', 'scope'],
      knownScope: (scope) => scope.startsWith('instagram_business_'),
      challenge: 'ignored',
    });
    const { route } = room;
    const get = { methods: ['GET'] };
    route({
      kind: 'token',
      methods: ['POST'],
      path: '/oauth/access_token',
      handle: (call) => exchange(room, { ...call, query: new URLSearchParams() }),
    });
    route({ ...get, kind: 'refresh', path: '/graph/access_token', handle: (call) => lengthen(room, call) });
    route({
      ...get,
      kind: 'refresh',
      path: '/graph/refresh_access_token',
      handle: (call) => renew(room, call),
    });
    route({ ...get, kind: 'profile', path: '/graph/me', handle: (call) => me(room, call) });
  },
};

/** Returns the error, whose message alone gives the reason. */
function codeRefusal(detail: string): Reply {
  const sentence = /^client/.test(detail) ? 'Invalid client_secret' : 'Invalid authorization code';
  return json({ error_type: 'OAuthException', code: 400, error_message: sentence }, 400);
}

function exchange(room: Room, call: Call): Reply {
  const client = needClient(room, { id: param(call, 'client_id') ?? '' });
  if (param(call, 'client_secret') !== client.clientSecret)
    throw new Refusal('client_secret', 'client_secret');
  if (param(call, 'grant_type') !== 'authorization_code') throw new Refusal('grant_type', 'grant_type');
  const asked = {
    client,
    code: param(call, 'code'),
    redirectUri: param(call, 'redirect_uri'),
    verifier: undefined,
  };
  const code = redeemCode(room, asked, { redirect: 'required', pkce: 'ignored' });
  const { access } = issueTokens(room, code, { access: shortLife, refresh: null });
  const id = room.profile.subject(room.person(access.user), client.clientId);
  // A number that a double cannot hold exactly.
  const issued = { access_token: access.value, user_id: '#', permissions: access.scopes };
  return { ...json(issued), wrap: (text) => text.replace('"#"', id) };
}

function lengthen(room: Room, call: Call): Reply {
  if (param(call, 'grant_type') !== 'ig_exchange_token') throw new Refusal('grant_type');
  const token = requireToken(room, param(call, 'access_token'));
  if (param(call, 'client_secret') !== room.client(token.clientId)?.clientSecret)
    throw new Refusal('client_secret');
  return longLived(room, token);
}

/** Trades a token, from its second day until its end. */
function renew(room: Room, call: Call): Reply {
  if (param(call, 'grant_type') !== 'ig_refresh_token') throw new Refusal('grant_type');
  const token = requireToken(room, param(call, 'access_token'));
  if (room.ledger.now() - token.issuedAt < day) throw new Refusal('request', 'too young');
  return longLived(room, token);
}

function longLived(room: Room, { scopes, family, grant }: ReturnType<typeof requireToken>): Reply {
  const expiresAt = until(room, longLife);
  const next = room.ledger.issue({ kind: 'access', grant: room.grant({ grant }), scopes, family, expiresAt });
  const expires_in = secondsLeft(room, next);
  return json({ access_token: next.value, token_type: 'bearer', expires_in, permissions: scopes.join(',') });
}

function me(room: Room, call: Call): Reply {
  const token = requireToken(room, param(call, 'access_token'), ['instagram_business_basic']);
  const person = room.person(token.user);
  const all: Record<string, unknown> = {
    id: room.profile.subject(person, token.clientId),
    user_id: room.profile.subject(person, token.clientId),
    username: person.handle,
    name: person.name,
    profile_picture_url: room.picture(person),
  };
  const asked = (param(call, 'fields') ?? 'id').split(',');
  return json(Object.fromEntries(asked.map((field) => [field, all[field]])));
}
