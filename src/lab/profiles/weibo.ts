import { alphabets, derived, random } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import { Refusal } from '../core/refusal.ts';
import { type Call, json, param } from '../core/wire.ts';
import { secondsLeft } from '../engines/redeem-code.ts';
import { requireToken } from '../engines/require-token.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Room } from '../profile.ts';

export const weibo = standardProfile({
  name: 'weibo',
  title: 'Weibo',
  provider: 'weibo',
  clientId: derived('weibo app key', 10, '123456789'),
  clientSecret: derived('weibo app secret', 32, alphabets.hex),
  scopeSeparator: ',',
  mint: {
    code: () => random(32, alphabets.hex),
    access: () => `2.00${random(28)}`,
    refresh: () => `2.00${random(28)}`,
  },
  faults: {
    /** JSONP, as Weibo sometimes sends it for any request. */
    jsonp: { bend: (reply) => ({ ...reply, wrap: (text) => `callback(${text});` }) },
    /** The error for a token in any other state, an expired one included, as the documentation implies. */
    token_refused: { reply: () => json({ error: 'invalid_access_token', error_code: 21316 }, 400) },
    not_revoked: { reply: () => json({ result: 'false' }) },
  },
  subject: (person) => `1${derived(`weibo uid ${person.id}`, 9, alphabets.digits)}`,
  authorize: {
    path: '/oauth2/authorize',
    required: ['response_type'],
    scopeSeparator: /,/,
    challenge: 'ignored',
    // Websites get no refresh token.
    offline: () => false,
    denial: () => ({
      error: 'access_denied',
      error_code: '21330',
      error_description: 'user denied your request',
    }),
  },
  token: {
    path: '/oauth2/access_token',
    life: { access: 2_626_641, refresh: null },
    pkce: 'ignored',
  },
  answer: (_fields, { access }, room) => ({
    access_token: access.value,
    remind_in: String(secondsLeft(room, access)),
    expires_in: secondsLeft(room, access),
    uid: room.profile.subject(room.person(access.user), access.clientId),
    isRealName: 'true',
  }),
  userinfo: {
    path: '/2/users/show.json',
    token: accessToken,
    // Any person's profile can be read.
    body: (person, room, { call, clientId }) => {
      const uid = param(call, 'uid');
      const shown = [person, ...room.people].find((other) => room.profile.subject(other, clientId) === uid);
      if (shown === undefined) throw new Refusal('subject_mismatch');
      return profileOf(room, shown, clientId);
    },
  },
  refuse: (problem, call, detail) => {
    const [error, error_code] = errors[problem] ?? ['invalid_request', 21323];
    const request = call.path.split('?')[0]?.slice('/weibo'.length);
    const error_description = `${error}: ${problem} ${detail}`;
    return json({ error, error_code, request, error_uri: request, error_description }, 400);
  },
  endpoints: {
    authorization: '/oauth2/authorize',
    token: '/oauth2/access_token',
    userinfo: '/2/users/show.json',
    api: '',
  },
  more: mountTokenCalls,
});

const errors: Partial<Record<string, readonly [error: string, code: number]>> = {
  client_unknown: ['invalid_client', 21324],
  client_secret: ['invalid_client', 21324],
  grant_type: ['unsupported_grant_type', 21328],
  code_unknown: ['invalid_grant', 21325],
  code_used: ['invalid_grant', 21325],
  code_expired: ['invalid_grant', 21325],
  redirect_mismatch: ['redirect_uri_mismatch', 21322],
  refresh_unknown: ['invalid_grant', 21325],
  token_missing: ['invalid_request', 21323],
  token_unknown: ['invalid_access_token', 21319],
  token_expired: ['expired_token', 21327],
  token_revoked: ['invalid_access_token', 21316],
  subject_mismatch: ['User does not exists!', 20003],
};

function accessToken(call: Call): string | undefined {
  const header = /^oauth2 +(\S+)$/i.exec(call.header('authorization') ?? '')?.[1];
  return param(call, 'access_token') ?? header;
}

/** `id` is a number that JavaScript cannot always hold exactly, hence `idstr`. */
function profileOf(room: Room, person: Person, clientId: string) {
  const idstr = room.profile.subject(person, clientId);
  return {
    id: Number(idstr),
    idstr,
    screen_name: person.name,
    name: person.name,
    gender: 'n',
    profile_image_url: room.picture(person),
    avatar_large: room.picture(person),
    verified: false,
  };
}

function mountTokenCalls(room: Room): void {
  room.route({
    kind: 'api',
    methods: ['POST'],
    path: '/oauth2/get_token_info',
    handle: (call) => {
      const token = requireToken(room, param(call, 'access_token'));
      return json({
        uid: Number(room.profile.subject(room.person(token.user), token.clientId)),
        appkey: token.clientId,
        scope: token.scopes.length === 0 ? null : token.scopes.join(','),
        create_at: Math.floor(token.issuedAt / 1000),
        expire_in: secondsLeft(room, token),
      });
    },
  });
  room.route({
    kind: 'revoke',
    methods: ['GET', 'POST'],
    path: '/oauth2/revokeoauth2',
    handle: (call) => {
      const token = requireToken(room, accessToken(call));
      room.ledger.endGrant(room.grant(token), 'revoked_by_client');
      return json({ result: 'true' });
    },
  });
}
