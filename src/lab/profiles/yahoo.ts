import { alphabets, derived, random } from '../core/mint.ts';
import { oidcProfile } from '../engines/oidc-profile.ts';
import type { Profile } from '../profile.ts';

const guid = (person: { readonly id: string }) => derived(`yahoo guid ${person.id}`, 26, base32);
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export const yahoo: Profile = oidcProfile({
  name: 'yahoo',
  title: 'Yahoo',
  provider: 'yahoo',
  clientId: `dj0yJmk9${derived('yahoo client id', 80)}`,
  clientSecret: derived('yahoo client secret', 40, alphabets.hex),
  signingAlgorithm: 'ES256',
  mint: {
    code: () => random(7, alphabets.letters.toLowerCase()),
    access: () => random(400),
    refresh: () => `A${random(80)}~${random(40)}`,
  },
  subject: guid,
  authorize: {
    path: '/oauth2/request_auth',
    required: ['response_type'],
    knownScope: (scope) => /^(?:openid|profile|email|[a-z]{4}-[rw])$/.test(scope),
  },
  token: {
    path: '/oauth2/get_token',
    life: { access: 3600, refresh: null },
    clientAuth: ['basic'],
    refreshNeeds: ['redirect_uri'],
  },
  extra: (room, { access }) => ({
    token_type: 'bearer',
    xoauth_yahoo_guid: guid(room.person(access.user)),
  }),
  userinfo: { path: '/openid/v1/userinfo' },
  revocation: { path: '/oauth2/revoke' },
  oidc: { jwksPath: '/openid/v1/certs' },
});
