import { alphabets, derived, derivedUuid, random } from '../core/mint.ts';
import type { Problem } from '../core/refusal.ts';
import { type Call, json, type Reply } from '../core/wire.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Profile, Room } from '../profile.ts';

export const hubspot: Profile = standardProfile({
  name: 'hubspot',
  title: 'HubSpot',
  provider: 'hubspot',
  clientId: derivedUuid('hubspot client id'),
  clientSecret: derivedUuid('hubspot client secret'),
  mint: {
    code: () => `na1-${random(32, alphabets.hex)}`,
    // Of any length, and long.
    access: () => random(300 + Math.floor(Math.random() * 40)),
    refresh: () => `na1-${random(32, alphabets.hex)}`,
  },
  subject: (person) => derived(`hubspot id ${person.id}`, 8, '123456789'),
  authorize: { path: '/oauth/authorize', required: ['scope'], challenge: 'ignored' },
  token: {
    path: '/oauth/v1/token',
    life: { access: 1800, refresh: null },
    clientAuth: ['post'],
    pkce: 'ignored',
  },
  answer: ({ scope: _, ...fields }) => ({ ...fields, token_type: 'bearer' }),
  userinfo: {
    path: '/oauth/v1/access-tokens/:token',
    token: ({ params }) => params.token,
    body: (person, room, { clientId, scopes, value, expiresAt }) => ({
      token: value,
      user: person.email ?? `${person.handle}@hubspot.example`,
      hub_domain: 'lab.hubspot.example',
      scopes,
      hub_id: 105_105,
      app_id: 456,
      expires_in: Math.round(((expiresAt ?? 0) - room.ledger.now()) / 1000),
      user_id: Number(room.profile.subject(person, clientId)),
      token_type: 'access',
    }),
  },
  endpoints: {
    authorization: '/oauth/authorize',
    token: '/oauth/v1/token',
    userinfo: '/oauth/v1/access-tokens',
    revocation: '/oauth/v1/refresh-tokens',
    api: '',
  },
  refuse,
  more: mountRefreshTokens,
});

function mountRefreshTokens(room: Room): void {
  room.route({
    kind: 'revoke',
    methods: ['DELETE'],
    path: '/oauth/v1/refresh-tokens/:token',
    handle: (call) => {
      const token = room.ledger.token(call.params.token ?? '');
      if (token?.kind !== 'refresh' || !room.ledger.isLive(token)) return failure(404, 'error', 'not found');
      room.ledger.endGrant(room.grant(token), 'revoked_by_client');
      return { status: 204, encoding: 'empty', body: '' };
    },
  });
}

const said: Partial<Record<Problem, readonly [status: string, message: string]>> = {
  client_unknown: ['BAD_CLIENT_ID', 'missing or unknown client id'],
  client_secret: ['BAD_CLIENT_SECRET', 'missing or invalid client secret'],
  code_unknown: ['BAD_AUTH_CODE', 'missing or unknown auth code'],
  code_used: ['BAD_AUTH_CODE', 'missing or unknown auth code'],
  code_expired: ['BAD_AUTH_CODE', 'auth code is expired'],
  redirect_mismatch: ['BAD_REDIRECT_URI', 'missing or invalid redirect uri'],
  refresh_unknown: ['BAD_REFRESH_TOKEN', 'missing or invalid refresh token'],
  refresh_expired: ['BAD_REFRESH_TOKEN', 'missing or invalid refresh token'],
  refresh_revoked: ['BAD_REFRESH_TOKEN', 'missing or invalid refresh token'],
};

function refuse(problem: Problem, _call: Call, detail: string): Reply {
  if (problem === 'busy') return failure(503, 'error', 'service unavailable');
  if (problem.startsWith('token_')) return failure(404, 'error', 'token not found');
  return failure(400, ...(said[problem] ?? (['BAD_REQUEST', detail] as const)));
}

function failure(http: number, status: string, message: string): Reply {
  return json({ status, message, correlationId: derivedUuid(`${status} ${message}`) }, http);
}
