import { alphabets, derived, random } from '../core/mint.ts';
import type { Profile } from '../profile.ts';
import { mountGoogleApi } from './google/api.ts';
import { googleAuthorize } from './google/authorize.ts';
import { googleFaults, refuse } from './google/dialect.ts';
import { mountGoogleTokens } from './google/tokens.ts';

export const google: Profile = {
  name: 'google',
  title: 'Google',
  provider: 'google',
  clientId: '105105105105-symbolonlab0symbolonlab0symbolon.apps.googleusercontent.com',
  clientSecret: `GOCSPX-${derived('google client secret', 28)}`,
  endpoints: {
    issuer: '',
    authorization: '/o/oauth2/v2/auth',
    token: '/token',
    userinfo: '/v1/userinfo',
    revocation: '/revoke',
    jwks: '/oauth2/v3/certs',
    api: '',
  },
  options: { native_audience: '105105105105-symbolonlab0symbolonlab0symbolon.apps.googleusercontent.com' },
  scopeSeparator: ' ',
  rotation: 'static',
  mint: {
    code: () => `4/0A${random(70, alphabets.base64url)}`,
    access: () => `ya29.a0A${random(160, alphabets.base64url)}`,
    refresh: () => `1//0${random(98, alphabets.base64url)}`,
  },
  faults: googleFaults,
  subject: (person) => `1${derived(`google sub ${person.id}`, 20, alphabets.digits)}`,
  refuse,
  mount(room) {
    room.authorize(googleAuthorize(room));
    mountGoogleTokens(room);
    mountGoogleApi(room);
  },
};
