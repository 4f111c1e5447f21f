import { alphabets, derived, random } from '../core/mint.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Profile } from '../profile.ts';

const dead = [400, 'invalid_grant', 'Refresh token has expired'] as const;
const badCode = [400, 'invalid_grant', 'The authorization code has expired'] as const;

export const box: Profile = standardProfile({
  name: 'box',
  title: 'Box',
  provider: 'box',
  clientId: derived('box client id', 32, alphabets.letters.toLowerCase()),
  clientSecret: derived('box client secret', 32),
  rotation: 'single-use',
  mint: { code: () => random(32), access: () => random(32), refresh: () => random(64) },
  subject: (person) => derived(`box id ${person.id}`, 11, '123456789'),
  authorize: { path: '/api/oauth2/authorize', challenge: 'ignored', codeSeconds: 30 },
  api: '/2.0',
  token: {
    path: '/oauth2/token',
    life: { access: 3600, refresh: 60 * 86_400 },
    clientAuth: ['post'],
    pkce: 'ignored',
    redirect: 'if-given',
    refreshSlides: true,
  },
  answer: ({ scope: _, ...fields }) => ({ ...fields, restricted_to: [], token_type: 'bearer' }),
  userinfo: {
    path: '/2.0/users/me',
    body: (person, room, { clientId }) => ({
      type: 'user',
      id: room.profile.subject(person, clientId),
      name: person.name,
      login: person.email ?? `${person.handle}@box.example`,
      status: 'active',
      avatar_url: room.picture(person),
    }),
  },
  revocation: { path: '/oauth2/revoke' },
  words: {
    code_unknown: badCode,
    code_used: badCode,
    code_expired: badCode,
    refresh_unknown: [400, 'invalid_grant', 'Invalid refresh token'],
    refresh_expired: dead,
    refresh_revoked: dead,
    client_secret: [400, 'invalid_client', 'The client credentials are invalid'],
    client_unknown: [400, 'invalid_client', 'The client credentials are invalid'],
  },
});
