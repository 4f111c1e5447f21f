import { alphabets, derived, random } from '../core/mint.ts';
import { bearer, json } from '../core/wire.ts';
import { apiDialect } from '../engines/api-dialect.ts';
import { requireToken } from '../engines/require-token.ts';
import type { RfcError } from '../engines/rfc-dialect.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Profile, Room } from '../profile.ts';

const dead: RfcError = [403, 'invalid_grant', 'Unknown or invalid refresh token.'];
const badClient: RfcError = [401, 'access_denied', 'Unauthorized'];

export const atlassian: Profile = standardProfile({
  name: 'atlassian',
  title: 'Atlassian',
  provider: 'atlassian',
  clientId: derived('atlassian client id', 32),
  clientSecret: `ATOA${derived('atlassian client secret', 60)}`,
  rotation: 'single-use',
  mint: {
    code: () => `eyJ${random(300)}`,
    access: () => `eyJ${random(900)}`,
    refresh: () => `eyJ${random(700)}`,
  },
  subject: (person) => `712020:${derived(`atlassian id ${person.id}`, 32, alphabets.hex)}`,
  authorize: {
    path: '/authorize',
    required: ['audience', 'response_type', 'scope', 'prompt'],
    // The metadata lists `openid`, but the endpoint refuses it.
    knownScope: (scope) => /^(?:offline_access|(?:read|write|delete|manage)(?::[a-z.-]+)+)$/.test(scope),
    offline: ({ scopes }) => scopes.includes('offline_access'),
  },
  token: {
    path: '/oauth/token',
    life: { access: 3600, refresh: 90 * 86_400 },
    clientAuth: ['post'],
    bodies: ['json', 'form'],
    refreshSlides: true,
    refreshCap: 365 * 86_400,
  },
  userinfo: {
    path: '/me',
    scopes: ['read:me'],
    body: (person, room, { clientId }) => ({
      account_type: 'atlassian',
      account_id: room.profile.subject(person, clientId),
      // Some people hide it in their profile settings.
      email: person.email ?? undefined,
      name: person.name,
      picture: room.picture(person),
      account_status: 'active',
      nickname: person.handle,
    }),
  },
  refuse: apiDialect(
    (_problem, _call, detail) => json({ code: 401, message: `Unauthorized ${detail}` }, 401),
    {
      refresh_unknown: dead,
      refresh_expired: dead,
      refresh_revoked: dead,
      client_unknown: badClient,
      client_secret: badClient,
    },
  ),
  more: mountResources,
});

/** Mounts the list of sites that a token is valid for. */
function mountResources(room: Room): void {
  room.route({
    kind: 'api',
    methods: ['GET'],
    path: '/oauth/token/accessible-resources',
    handle: (call) => {
      const { scopes } = requireToken(room, bearer(call));
      const id = '1324a887-45db-1bf4-1e99-ef0ff456d421';
      return json([{ id, url: 'https://lab.atlassian.example', name: 'lab', scopes, avatarUrl: '' }]);
    },
  });
}
