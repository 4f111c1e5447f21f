import { alphabets, derived, random } from '../core/mint.ts';
import { json } from '../core/wire.ts';
import type { Profile } from '../profile.ts';
import { facebookAuthorize } from './facebook/authorize.ts';
import { facebookFaults, refuse } from './facebook/dialect.ts';
import { mountGraph } from './facebook/graph.ts';
import { mountPermissions } from './facebook/permissions.ts';
import { mountFacebookToken } from './facebook/token.ts';

const jwksPath = '/.well-known/oauth/openid/jwks/';

export const facebook: Profile = {
  name: 'facebook',
  title: 'Facebook',
  provider: 'facebook',
  clientId: '1050105010501050',
  clientSecret: derived('facebook client secret', 32, alphabets.hex),
  endpoints: {
    authorization: '/v24.0/dialog/oauth',
    token: '/v24.0/oauth/access_token',
    refresh: '/v24.0/oauth/access_token',
    userinfo: '/v24.0/me',
    revocation: '/v24.0/me/permissions',
    jwks: jwksPath,
    api: '',
  },
  options: { native_audience: '1050105010501050' },
  sdkScopes: ['public_profile', 'email'],
  // Limited Login, whose issuer has no host of its own. It tells neither `azp` nor whether the address is verified.
  sdkClaims: (person, room) => ({
    iss: 'https://www.facebook.com',
    azp: undefined,
    nickname: undefined,
    email_verified: undefined,
    picture: room.picture(person),
  }),
  scopeSeparator: ',',
  rotation: 'static',
  mint: {
    code: () => `AQ${random(180, alphabets.base64url)}`,
    access: () => `EAA${random(170)}ZD`,
    refresh: () => `unused${random(32)}`,
  },
  faults: facebookFaults,
  // App-scoped: the id of a person differs from app to app.
  subject: (person, appId) => `10${derived(`facebook id ${appId} ${person.id}`, 15, alphabets.digits)}`,
  refuse,
  mount(room) {
    room.authorize(facebookAuthorize);
    mountFacebookToken(room);
    mountPermissions(room);
    mountGraph(room);
    room.route({
      kind: 'jwks',
      methods: ['GET'],
      path: jwksPath,
      handle: async () => json(await room.keys.published()),
    });
  },
};
