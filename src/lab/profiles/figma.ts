import { derived, random } from '../core/mint.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Profile } from '../profile.ts';

const retired = ['file_read', 'files:read'];

export const figma: Profile = standardProfile({
  name: 'figma',
  title: 'Figma',
  provider: 'figma',
  clientId: derived('figma client id', 22),
  clientSecret: derived('figma client secret', 36),
  mint: {
    code: () => random(32),
    access: () => `figu_${random(40)}`,
    refresh: () => `figur_${random(40)}`,
  },
  subject: (person) => derived(`figma id ${person.id}`, 18, '123456789'),
  authorize: {
    path: '/oauth',
    required: ['response_type', 'scope', 'state'],
    scopeSeparator: /[ ,]+/,
    knownScope: (scope) => !retired.includes(scope) && /^[a-z_]+(?::[a-z_]+)?:(?:read|write)$/.test(scope),
    codeSeconds: 30,
  },
  token: {
    path: '/v1/oauth/token',
    refreshPath: '/v1/oauth/refresh',
    life: { access: 90 * 86_400, refresh: null },
    clientAuth: ['basic'],
    repeatsRefreshToken: false,
  },
  answer: ({ scope: _, ...fields }, { access, refresh }, room) => {
    const answer = { ...fields, token_type: 'bearer' };
    if (refresh === undefined) return answer;
    const user_id_string = room.profile.subject(room.person(access.user), access.clientId);
    return { ...answer, user_id_string };
  },
  userinfo: {
    path: '/v1/me',
    scopes: ['current_user:read'],
    body: (person, room, { clientId }) => ({
      id: room.profile.subject(person, clientId),
      handle: person.name,
      email: person.email ?? `${person.handle}@figma.example`,
      img_url: room.picture(person),
    }),
  },
  endpoints: {
    authorization: '/oauth',
    token: '/v1/oauth/token',
    refresh: '/v1/oauth/refresh',
    userinfo: '/v1/me',
    api: '/v1',
  },
});
