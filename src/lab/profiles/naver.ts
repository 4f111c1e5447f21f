import { derived, random } from '../core/mint.ts';
import type { Problem } from '../core/refusal.ts';
import { Refusal } from '../core/refusal.ts';
import { json, param } from '../core/wire.ts';
import { standardProfile } from '../engines/standard.ts';

export const naver = standardProfile({
  name: 'naver',
  title: 'Naver',
  provider: 'naver',
  clientId: derived('naver client id', 20),
  clientSecret: derived('naver client secret', 10),
  mint: {
    code: () => random(18),
    access: () => `AAAA${random(120, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')}=`,
    refresh: () => random(80),
  },
  subject: (person, clientId) => derived(`naver id ${clientId} ${person.id}`, 43),
  authorize: {
    path: '/oauth2.0/authorize',
    required: ['response_type', 'state'],
    challenge: 'ignored',
    // The permissions were chosen in the console.
    defaultScopes: ['profile'],
    expandScopes: () => ['profile'],
  },
  token: {
    path: '/oauth2.0/token',
    clientAuth: ['post'],
    redirect: 'ignored',
    pkce: 'ignored',
    life: { access: 3600, refresh: 365 * 86_400 },
    repeatsRefreshToken: false,
    as: (call) => {
      const exchanging = param(call, 'grant_type') === 'authorization_code';
      if (exchanging && !param(call, 'state')) throw new Refusal('missing', 'state');
      return call;
    },
  },
  answer: ({ access_token, refresh_token, expires_in }) => ({
    access_token,
    refresh_token,
    token_type: 'bearer',
    // A text, although a number is documented.
    expires_in: String(expires_in),
  }),
  userinfo: {
    path: '/v1/nid/me',
    methods: ['GET', 'POST'],
    body: (person, room, { clientId }) => ({
      resultcode: '00',
      message: 'success',
      response: {
        id: room.profile.subject(person, clientId),
        ...(person.id !== 'sam' && { nickname: person.name, profile_image: room.picture(person) }),
        ...(person.email !== null && { email: person.email }),
      },
    }),
  },
  revocation: { path: '/oauth2.0/revoke', reach: 'grant' },
  refuse: (problem, call, detail) => {
    const api = apiErrors[problem];
    if (api) return json({ resultcode: api[1], message: 'Authentication failed' }, api[0]);
    const revoking = call.path.endsWith('/revoke');
    const [error, error_description] = errors[problem] ?? ['invalid_request', `${problem} ${detail}`];
    // The token endpoint always sends status 200; revocation does not.
    return json({ error, error_description }, revoking ? (error === 'unauthorized_client' ? 401 : 400) : 200);
  },
  endpoints: {
    authorization: '/oauth2.0/authorize',
    token: '/oauth2.0/token',
    userinfo: '/v1/nid/me',
    revocation: '/oauth2.0/revoke',
    api: '',
  },
});

const gone = ['invalid_request', 'no valid data in session'] as const;
const wrongClient = ['unauthorized_client', 'wrong client id / client secret pair'] as const;

const errors: Partial<Record<Problem, readonly [error: string, description: string]>> = {
  client_unknown: wrongClient,
  client_secret: wrongClient,
  code_unknown: gone,
  code_used: gone,
  code_expired: gone,
  refresh_unknown: gone,
  refresh_expired: gone,
  refresh_revoked: gone,
};

const apiErrors: Partial<Record<Problem, readonly [status: number, resultcode: string]>> = {
  token_missing: [401, '028'],
  token_unknown: [401, '024'],
  token_expired: [401, '024'],
  token_revoked: [401, '024'],
  scope: [403, '403'],
};
