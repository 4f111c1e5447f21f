import { derived, random } from '../core/mint.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Profile } from '../profile.ts';

// The scopes were chosen at the app's registration and are not requested.
const scopes = ['user:read:user', 'meeting:read:meeting'];

export const zoom: Profile = standardProfile({
  name: 'zoom',
  title: 'Zoom',
  provider: 'zoom',
  clientId: derived('zoom client id', 22),
  clientSecret: derived('zoom client secret', 32),
  rotation: 'single-use',
  mint: { code: () => random(32), access: () => `eyJ${random(300)}`, refresh: () => `eyJ${random(300)}` },
  subject: (person) => derived(`zoom id ${person.id}`, 22),
  authorize: { path: '/oauth/authorize', expandScopes: () => scopes },
  api: '/v2',
  token: {
    path: '/oauth/token',
    life: { access: 3600, refresh: 90 * 86_400 },
    clientAuth: ['basic'],
    refreshSlides: true,
  },
  answer: (fields, _issued, room) => ({ ...fields, token_type: 'bearer', api_url: room.base() }),
  userinfo: {
    path: '/v2/users/me',
    scopes: ['user:read:user', 'user:read'],
    body: (person, room, { clientId }) => ({
      id: room.profile.subject(person, clientId),
      first_name: person.givenName,
      last_name: person.familyName,
      display_name: person.name,
      email: person.email ?? `${person.handle}@zoom.example`,
      type: 1,
      verified: person.emailVerified ? 1 : 0,
      login_types: [100],
      pic_url: room.picture(person),
      status: 'active',
    }),
  },
  revocation: { path: '/oauth/revoke' },
  words: {
    token_unknown: [401, 'invalid_token', 'Invalid access token.'],
    token_expired: [401, 'invalid_token', 'Access token is expired.'],
    token_revoked: [401, 'invalid_token', 'Invalid access token.'],
  },
});
