import { derived, random } from '../core/mint.ts';
import { Refusal } from '../core/refusal.ts';
import { bearer, type Call } from '../core/wire.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Profile } from '../profile.ts';

const known = /^(?:identity(?:\[email\]|\.memberships)?|(?:w:)?campaigns(?:\.[a-z.]+)?(?:\[email\])?)$/;

export const patreon: Profile = standardProfile({
  name: 'patreon',
  title: 'Patreon',
  provider: 'patreon',
  clientId: derived('patreon client id', 64),
  clientSecret: derived('patreon client secret', 64),
  rotation: 'single-use',
  mint: { code: () => random(30), access: () => random(43), refresh: () => random(43) },
  subject: (person) => derived(`patreon id ${person.id}`, 8, '123456789'),
  authorize: {
    path: '/oauth2/authorize',
    challenge: 'ignored',
    defaultScopes: ['identity'],
    knownScope: (scope) => known.test(scope),
  },
  api: '/api/oauth2/v2',
  token: {
    path: '/api/oauth2/token',
    life: { access: 2_678_400, refresh: null },
    clientAuth: ['post'],
    pkce: 'ignored',
  },
  userinfo: {
    path: '/api/oauth2/v2/identity',
    scopes: ['identity'],
    token: introduced,
    body: (person, room, { clientId, scopes, call }) => {
      const mail = { email: person.email, is_email_verified: person.emailVerified };
      const all = {
        full_name: person.name,
        image_url: room.picture(person),
        ...(scopes.includes('identity[email]') && mail),
      };
      // Only named fields are returned.
      const asked = call.query.get('fields[user]')?.split(',') ?? [];
      const attributes = Object.fromEntries(Object.entries(all).filter(([name]) => asked.includes(name)));
      return { data: { id: room.profile.subject(person, clientId), type: 'user', attributes } };
    },
  },
  revocation: { path: '/oauth2/revoke' },
});

/** Refuses requests without a User-Agent. */
function introduced(call: Call): string | undefined {
  if (!call.header('user-agent')) throw new Refusal('subject_mismatch');
  return bearer(call);
}
