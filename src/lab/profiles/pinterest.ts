import { alphabets, derived, random } from '../core/mint.ts';
import { standardProfile } from '../engines/standard.ts';

const life = { access: 30 * 86_400, refresh: 60 * 86_400 };

const known = /^(?:ads|billing|biz_access|boards|catalogs|pins|user_accounts):(?:read|write)(?:_secret)?$/;

export const pinterest = standardProfile({
  name: 'pinterest',
  title: 'Pinterest',
  provider: 'pinterest',
  clientId: '1490105',
  clientSecret: derived('pinterest client secret', 40, alphabets.hex),
  scopeSeparator: ',',
  rotation: 'single-use',
  mint: {
    code: () => random(40, alphabets.hex),
    access: () => `pina_${random(60)}`,
    refresh: () => `pinr.${random(60)}`,
  },
  subject: (person) => `1${derived(`pinterest id ${person.id}`, 17, alphabets.digits)}`,
  authorize: {
    path: '/oauth/',
    required: ['response_type', 'scope'],
    scopeSeparator: /,/,
    knownScope: (scope) => known.test(scope),
    challenge: 'ignored',
  },
  token: {
    path: '/v5/oauth/token',
    clientAuth: ['basic'],
    pkce: 'ignored',
    life,
    refreshSlides: true,
  },
  answer: (fields, { call, access, refresh }, room) => ({
    ...fields,
    scope: access.scopes.join(','),
    token_type: 'bearer',
    response_type:
      call.form.get('grant_type') === 'refresh_token' ? 'everlasting_refresh' : 'authorization_code',
    refresh_token_expires_in: refresh && life.refresh,
    refresh_token_expires_at: refresh && Math.floor(room.ledger.now() / 1000) + life.refresh,
  }),
  userinfo: {
    path: '/v5/user_account',
    scopes: ['user_accounts:read'],
    body: (person, room, { clientId }) => ({
      id: room.profile.subject(person, clientId),
      username: person.handle.replaceAll('-', ''),
      account_type: 'PINNER',
      profile_image: room.picture(person),
    }),
  },
  endpoints: {
    authorization: '/oauth/',
    token: '/v5/oauth/token',
    userinfo: '/v5/user_account',
    api: '/v5',
  },
});
