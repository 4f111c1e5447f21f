import type { Token } from '../core/ledger-types.ts';
import { alphabets, derived, derivedUuid, random } from '../core/mint.ts';
import type { Problem } from '../core/refusal.ts';
import { bearer, type Call, json, type Reply } from '../core/wire.ts';
import { authenticate } from '../engines/client-auth.ts';
import { need } from '../engines/grants.ts';
import { secondsLeft } from '../engines/redeem-code.ts';
import { requireToken } from '../engines/require-token.ts';
import { mountRevocation } from '../engines/revocation.ts';
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
    // Long, with no documented limit.
    access: () => random(300 + Math.floor(Math.random() * 40)),
    refresh: () => `na1-${random(32, alphabets.hex)}`,
  },
  subject: (person) => derived(`hubspot id ${person.id}`, 8, '123456789'),
  authorize: {
    path: '/oauth/authorize',
    required: ['scope'],
    knownScope: (scope) => /^[a-z][a-z0-9_-]*([.:][a-z0-9_-]+)*$/.test(scope),
    challenge: 'ignored',
  },
  token: {
    path: '/oauth/2026-03/token',
    life: { access: 1800, refresh: null },
    clientAuth: ['post'],
    pkce: 'ignored',
  },
  answer: ({ scope: _, ...fields }, { access }, room) => ({
    ...fields,
    token_type: 'bearer',
    hub_id: hub,
    user_id: userId(room, access),
    scopes: access.scopes,
  }),
  endpoints: {
    authorization: '/oauth/authorize',
    token: '/oauth/2026-03/token',
    userinfo: '/oauth/2026-03/token/introspect',
    revocation: '/oauth/2026-03/token/revoke',
    api: '',
  },
  refuse,
  more: (room) => {
    mountIntrospection(room);
    mountRevocation(room, { path: '/oauth/2026-03/token/revoke', clientAuth: ['post'], reach: 'grant' });
    mountAccount(room);
  },
});

const hub = 105_105;

function userId(room: Room, { user, clientId }: Token): number {
  return Number(room.profile.subject(room.person(user), clientId));
}

/** Introspects a token for its own client only. An ended token and an unknown one have the same answer. */
function mountIntrospection(room: Room): void {
  room.route({
    kind: 'profile',
    methods: ['POST'],
    path: '/oauth/2026-03/token/introspect',
    handle: (call) => {
      const asked = { ...call, query: new URLSearchParams() };
      const { clientId } = authenticate(room, asked, ['post']);
      const token = room.ledger.token(need(asked, 'token'));
      if (token?.kind !== 'access' || token.clientId !== clientId || !room.ledger.isLive(token))
        return json({ active: false });
      const person = room.person(token.user);
      return json({
        token_use: 'access_token',
        active: true,
        token: token.value,
        user: person.email ?? `${person.handle}@hubspot.example`,
        hub_domain: 'lab.hubspot.example',
        scopes: token.scopes,
        hub_id: hub,
        client_id: clientId,
        app_id: 456,
        expires_in: secondsLeft(room, token),
        user_id: userId(room, token),
        token_type: 'access',
        is_private_distribution: false,
      });
    },
  });
}

function mountAccount(room: Room): void {
  room.route({
    kind: 'api',
    methods: ['GET'],
    path: '/account-info/v3/details',
    handle: (call) => {
      requireToken(room, bearer(call));
      return json({ portalId: hub, accountType: 'STANDARD', timeZone: 'Europe/Berlin' });
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

/** HubSpot's own error codes, sent beside RFC 6749's members. */
const errors: Readonly<Record<string, string>> = {
  BAD_CLIENT_ID: 'invalid_client',
  BAD_CLIENT_SECRET: 'invalid_client',
  BAD_AUTH_CODE: 'invalid_grant',
  BAD_REDIRECT_URI: 'invalid_grant',
  BAD_REFRESH_TOKEN: 'invalid_grant',
};

function refuse(problem: Problem, _call: Call, detail: string): Reply {
  if (problem === 'busy') return failure(503, 'error', 'service unavailable');
  if (problem.startsWith('token_')) return failure(401, 'error', 'Authentication credentials not found.');
  return failure(400, ...(said[problem] ?? (['BAD_REQUEST', detail] as const)));
}

function failure(http: number, status: string, message: string): Reply {
  const correlationId = derivedUuid(`${status} ${message}`);
  const error = http === 400 && (errors[status] ?? 'invalid_request');
  return json({ ...(error && { error, error_description: message }), status, message, correlationId }, http);
}
