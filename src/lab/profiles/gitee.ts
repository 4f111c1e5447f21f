import { alphabets, derived, random } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import { Refusal } from '../core/refusal.ts';
import { bearer, type Call, json, param } from '../core/wire.ts';
import { apiDialect } from '../engines/api-dialect.ts';
import { requireToken } from '../engines/require-token.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Room } from '../profile.ts';

const known = ['user_info', 'emails', 'projects', 'pull_requests', 'issues', 'notes', 'groups', 'gists'];

export const gitee = standardProfile({
  name: 'gitee',
  title: 'Gitee',
  provider: 'gitee',
  clientId: derived('gitee client id', 64, alphabets.hex),
  clientSecret: derived('gitee client secret', 64, alphabets.hex),
  rotation: 'single-use',
  mint: {
    code: () => random(64, alphabets.hex),
    access: () => random(32, alphabets.hex),
    refresh: () => random(64, alphabets.hex),
  },
  subject: (person) => String(giteeId(person)),
  authorize: {
    path: '/oauth/authorize',
    required: ['response_type'],
    knownScope: (scope) => known.includes(scope),
    challenge: 'ignored',
  },
  token: {
    path: '/oauth/token',
    clientAuth: ['post'],
    pkce: 'ignored',
    life: { access: 86_400, refresh: null },
    as: (call) => {
      if (!call.header('user-agent')) throw new Refusal('token_missing');
      return call;
    },
  },
  answer: (fields, { access }) => ({
    ...fields,
    token_type: 'bearer',
    created_at: Math.floor(access.issuedAt / 1000),
  }),
  userinfo: {
    path: '/api/v5/user',
    scopes: ['user_info'],
    token: accessToken,
    body: (person, room) => ({
      id: giteeId(person),
      login: person.handle,
      name: person.name,
      avatar_url: room.picture(person),
      html_url: `https://gitee.com/${person.handle}`,
      // The public address: usually none, and not the primary one.
      email: person.id === 'ada' ? 'public@ada.example' : null,
      bio: null,
    }),
  },
  refuse: apiDialect(
    (problem, call) => {
      if (!call.header('user-agent')) return json({ message: '403 Forbidden' }, 403);
      if (problem === 'scope') return json({ message: '403 Forbidden: insufficient_scope' }, 403);
      return json(
        {
          message:
            problem === 'token_expired'
              ? '401 Unauthorized: Access token is expired'
              : '401 Unauthorized: Access token does not exist',
        },
        401,
      );
    },
    {
      code_unknown: [400, 'invalid_grant', '授权码无效'],
      code_used: [400, 'invalid_grant', '授权码无效'],
      code_expired: [400, 'invalid_grant', '授权码已过期'],
      redirect_mismatch: [400, 'invalid_grant', '回调地址不匹配'],
      refresh_unknown: [400, 'invalid_grant', '刷新令牌无效'],
      refresh_revoked: [400, 'invalid_grant', '刷新令牌无效'],
    },
  ),
  endpoints: {
    authorization: '/oauth/authorize',
    token: '/oauth/token',
    api: '/api/v5',
  },
  more: mountEmails,
});

/** Refuses requests without a User-Agent. */
function accessToken(call: Call): string | undefined {
  return call.header('user-agent') ? (bearer(call) ?? param(call, 'access_token')) : undefined;
}

function mountEmails(room: Room): void {
  room.route({
    kind: 'api',
    methods: ['GET'],
    path: '/api/v5/emails',
    handle: (call) => {
      const token = requireToken(room, accessToken(call), ['emails']);
      const { email, emailVerified } = room.person(token.user);
      const state = emailVerified ? 'confirmed' : 'unconfirmed';
      return json(email === null ? [] : [{ email, state, scope: ['primary', 'notified', 'committed'] }]);
    },
  });
}

function giteeId(person: Person): number {
  return 1_000_000 + Number(derived(`gitee id ${person.id}`, 6, alphabets.digits));
}
