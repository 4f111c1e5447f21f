import { alphabets, derived, random } from '../core/mint.ts';
import { json } from '../core/wire.ts';
import { apiDialect } from '../engines/api-dialect.ts';
import { standardProfile } from '../engines/standard.ts';

const messages = {
  token_missing: 'No token provided',
  token_expired: 'The access token expired',
  scope: 'Insufficient client scope',
};

const known =
  /^(?:ugc-image-upload|streaming|app-remote-control|(?:user|playlist)-(?:read|modify)(?:-[a-z]+)+|user-(?:library|follow)-(?:read|modify)|user-top-read|playlist-modify-(?:public|private))$/;

export const spotify = standardProfile({
  name: 'spotify',
  title: 'Spotify',
  provider: 'spotify',
  clientId: derived('spotify client id', 32, alphabets.hex),
  clientSecret: derived('spotify client secret', 32, alphabets.hex),
  mint: {
    code: () => `AQ${random(180, alphabets.base64url)}`,
    access: () => `BQ${random(180, alphabets.base64url)}`,
    refresh: () => `AQ${random(129, alphabets.base64url)}`,
  },
  subject: (person) => `31${derived(`spotify id ${person.id}`, 24, '0123456789abcdefghijklmnopqrstuvwxyz')}`,
  authorize: {
    path: '/authorize',
    required: ['response_type'],
    knownScope: (scope) => known.test(scope),
  },
  token: {
    path: '/api/token',
    clientAuth: ['basic'],
    // Six months, which use does not extend.
    life: { access: 3600, refresh: 184 * 86_400 },
    repeatsRefreshToken: false,
  },
  userinfo: {
    path: '/v1/me',
    body: (person, room, { clientId, scopes }) => ({
      id: room.profile.subject(person, clientId),
      display_name: person.name,
      images: [{ url: room.picture(person), height: 300, width: 300 }],
      type: 'user',
      ...(scopes.includes('user-read-email') && person.email !== null && { email: person.email }),
      ...(scopes.includes('user-read-private') && { country: 'DE', product: 'free' }),
    }),
  },
  refuse: apiDialect(
    (problem) => {
      const status = problem === 'scope' ? 403 : 401;
      const message = Object.entries(messages).find(([name]) => name === problem)?.[1];
      return json({ error: { status, message: message ?? 'Invalid access token' } }, status);
    },
    {
      client_secret: [400, 'invalid_client', 'Invalid client secret'],
      client_unknown: [400, 'invalid_client', 'Invalid client'],
      code_used: [400, 'invalid_grant', 'Invalid authorization code'],
      refresh_revoked: [400, 'invalid_grant', 'Refresh token revoked'],
    },
  ),
  endpoints: { authorization: '/authorize', token: '/api/token', userinfo: '/v1/me', api: '/v1' },
});
