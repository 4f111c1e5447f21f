import { alphabets, derived, random } from '../core/mint.ts';
import { oidcProfile } from '../engines/oidc-profile.ts';
import type { Profile } from '../profile.ts';

const known = ['openid', 'profile', 'phone', 'telegram:bot_access'];

const profile = oidcProfile({
  name: 'telegram',
  title: 'Telegram',
  provider: 'telegram',
  // The id of a bot.
  clientId: '1050105010',
  clientSecret: derived('telegram client secret', 48),
  mint: { code: () => random(40), access: () => random(60), refresh: () => random(60) },
  subject: (person) => `1${derived(`telegram sub ${person.id}`, 18, alphabets.digits)}`,
  authorize: {
    path: '/auth',
    required: ['response_type', 'scope'],
    knownScope: (scope) => known.includes(scope),
    offline: () => false,
  },
  token: { path: '/token', clientAuth: ['basic', 'post'], life: { access: 3600, refresh: null } },
  userinfo: { path: '/userinfo' },
  oidc: {
    jwksPath: '/.well-known/jwks.json',
    claims: (person, room, { scopes }) =>
      scopes.includes('profile')
        ? {
            id: Number(`7${derived(`telegram id ${person.id}`, 9, alphabets.digits)}`),
            name: person.name,
            preferred_username: person.handle,
            picture: room.picture(person),
          }
        : {},
  },
});

/** The provider has no userinfo endpoint. */
const { userinfo: _userinfo, ...endpoints } = profile.endpoints;

export const telegram: Profile = { ...profile, endpoints };
