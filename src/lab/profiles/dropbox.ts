import { alphabets, derived, random } from '../core/mint.ts';
import { type Problem, Refusal } from '../core/refusal.ts';
import { bearer, type Call, json, type Reply } from '../core/wire.ts';
import { requireToken } from '../engines/require-token.ts';
import { rfcDialect } from '../engines/rfc-dialect.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Profile, Room } from '../profile.ts';

const known =
  /^(?:openid|profile|email|files\.permanent_delete|[a-z_]+(?:\.[a-z_]+)?\.(?:read|write|delete))$/;

export const dropbox: Profile = standardProfile({
  name: 'dropbox',
  title: 'Dropbox',
  provider: 'dropbox',
  clientId: derived('dropbox client id', 15, alphabets.letters.toLowerCase()),
  clientSecret: derived('dropbox client secret', 15, alphabets.letters.toLowerCase()),
  mint: {
    code: () => random(43),
    access: () => `sl.u.${random(120, alphabets.base64url)}`,
    refresh: () => random(64),
  },
  subject: (person) => `dbid:${derived(`dropbox id ${person.id}`, 35, alphabets.base64url)}`,
  authorize: {
    path: '/oauth2/authorize',
    defaultScopes: ['account_info.read'],
    knownScope: (scope) => known.test(scope),
    // Online access is the default.
    offline: ({ query }) => query.get('token_access_type') === 'offline',
  },
  token: { path: '/oauth2/token', life: { access: 14_400, refresh: null }, repeatsRefreshToken: false },
  answer: ({ scope, ...fields }, { access, call }, room) => {
    if (call.form.get('grant_type') === 'refresh_token') return { ...fields, token_type: 'bearer' };
    const account_id = room.profile.subject(room.person(access.user), access.clientId);
    return { ...fields, scope, token_type: 'bearer', uid: '12345', account_id };
  },
  userinfo: {
    path: '/2/users/get_current_account',
    methods: ['POST'],
    scopes: ['account_info.read'],
    token: bodiless,
    body: (person, room, { clientId }) => ({
      account_id: room.profile.subject(person, clientId),
      name: {
        given_name: person.givenName,
        surname: person.familyName,
        display_name: person.name,
        familiar_name: person.givenName,
      },
      email: person.email ?? `${person.handle}@dropbox.example`,
      email_verified: person.emailVerified,
      disabled: false,
      profile_photo_url: room.picture(person),
    }),
  },
  refuse,
  endpoints: {
    authorization: '/oauth2/authorize',
    token: '/oauth2/token',
    userinfo: '/2/users/get_current_account',
    revocation: '/2/auth/token/revoke',
    api: '/2',
  },
  more: (room) => {
    room.route({
      kind: 'revoke',
      methods: ['POST'],
      path: '/2/auth/token/revoke',
      handle: (call) => revoke(room, call),
    });
  },
});

/** Refuses a body: a procedure without arguments accepts not even an empty form. */
function bodiless(call: Call): string | undefined {
  if (call.contentType === 'application/x-www-form-urlencoded') throw new Refusal('request');
  return bearer(call);
}

/** Ends the access token and its refresh token. */
function revoke(room: Room, call: Call): Reply {
  const token = requireToken(room, bodiless(call));
  room.ledger.endGrant(room.grant(token), 'revoked_by_client');
  return json(null);
}

const tags: Partial<Record<Problem, string>> = {
  token_missing: 'invalid_access_token',
  token_unknown: 'invalid_access_token',
  token_revoked: 'invalid_access_token',
  token_expired: 'expired_access_token',
  scope: 'missing_scope',
};

const words = rfcDialect();

function refuse(problem: Problem, call: Call, detail: string): Reply {
  if (!call.path.includes('/2/')) return words(problem, call, detail);
  const tag = tags[problem];
  if (tag === undefined) {
    const text = 'Error in call to API function: Bad HTTP "Content-Type" header';
    return { status: 400, encoding: 'text', body: text };
  }
  return json({ error_summary: `${tag}/...`, error: { '.tag': tag } }, 401);
}
