import { alphabets, derived, random } from '../core/mint.ts';
import { json } from '../core/wire.ts';
import { oidcProfile, standardClaims } from '../engines/oidc-profile.ts';
import type { Profile } from '../profile.ts';

const known = ['openid', 'profile', 'email', 'https://www.huawei.com/auth/account/base.profile'];
const coded = `${alphabets.base64url.slice(0, 62)}+/`;

const profile = oidcProfile({
  name: 'huawei',
  title: 'HUAWEI ID',
  provider: 'huawei',
  clientId: '105010501',
  clientSecret: derived('huawei client secret', 64, alphabets.hex),
  rotation: 'single-use',
  mint: {
    // What a form must encode.
    code: () => `DQB6e3x9zFqHIfkHR2ctp+/${random(60, coded)}=`,
    access: () => `DwEF${random(100, coded)}=`,
    refresh: () => `DwFf${random(100, coded)}=`,
  },
  subject: (person) => `MDF${derived(`huawei union id ${person.id}`, 40)}`,
  authorize: {
    path: '/oauth2/v3/authorize',
    required: ['response_type', 'scope'],
    knownScope: (scope) => known.includes(scope),
    codeSeconds: 300,
    offline: ({ query }) => query.get('access_type') === 'offline',
  },
  token: {
    path: '/oauth2/v3/token',
    clientAuth: ['post'],
    life: { access: 3600, refresh: 180 * 86_400 },
  },
  userinfo: { path: '/oauth2/v3/userinfo' },
  revocation: { path: '/oauth2/v3/revoke', reach: 'grant' },
  refuse: (problem, _call, detail) => {
    const sub_error = subErrors[problem] ?? 20_001;
    return json(
      { sub_error, error_description: `${problem} ${detail}`, error: 1101 },
      problem === 'busy' ? 503 : 400,
    );
  },
  oidc: {
    // Issuer and discovery live at different addresses.
    issuer: (room) => `${room.base()}/accounts`,
    jwksPath: '/oauth2/v3/certs',
    claims: (person, room, token) => ({
      ...standardClaims(person, room, token),
      openid: `MDE${derived(`huawei openid ${token.clientId} ${person.id}`, 40)}`,
    }),
  },
});

/** The profile is asked for nowhere: the ID token has it. */
const { userinfo: _userinfo, ...endpoints } = profile.endpoints;

export const huawei: Profile = {
  ...profile,
  endpoints: { ...endpoints, issuer: '/accounts', api: '' },
};

const subErrors: Partial<Record<string, number>> = {
  client_unknown: 20_002,
  client_secret: 12_304,
  code_unknown: 20_152,
  code_expired: 20_155,
  code_used: 20_156,
  redirect_mismatch: 20_024,
  refresh_unknown: 20_192,
  refresh_expired: 20_193,
  refresh_revoked: 20_194,
};
