import { alphabets, derived, random } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Profile } from '../profile.ts';

const gid = (person: Person) => `12${derived(`asana gid ${person.id}`, 14, alphabets.digits)}`;

function describe(person: Person): Record<string, unknown> {
  const email = person.email ?? `${person.handle}@asana.example`;
  return { gid: gid(person), name: person.name, email };
}

export const asana: Profile = standardProfile({
  name: 'asana',
  title: 'Asana',
  provider: 'asana',
  clientId: '1205105105105105',
  clientSecret: derived('asana client secret', 32, alphabets.hex),
  mint: {
    code: () => `2/1205105105105105/${random(24, alphabets.digits)}:${random(32, alphabets.hex)}`,
    access: () => `2/1205105105105105/${random(24, alphabets.digits)}:${random(32, alphabets.hex)}`,
    refresh: () => `2/1205105105105105/${random(24, alphabets.digits)}:${random(32, alphabets.hex)}`,
  },
  subject: gid,
  authorize: {
    path: '/-/oauth_authorize',
    defaultScopes: ['default'],
    knownScope: (scope) => /^(?:default|openid|profile|email|[a-z_]+:(?:read|write|delete))$/.test(scope),
  },
  api: '/api/1.0',
  token: {
    path: '/-/oauth_token',
    life: { access: 3600, refresh: null },
    clientAuth: ['post'],
    repeatsRefreshToken: false,
  },
  answer: ({ scope: _, ...fields }, { access, call }, room) => {
    const { gid: id, ...person } = describe(room.person(access.user));
    const first = call.form.get('grant_type') === 'authorization_code';
    return {
      ...fields,
      token_type: 'bearer',
      ...(first && { data: { id: Number(id), gid: id, ...person } }),
    };
  },
  userinfo: {
    path: '/api/1.0/users/me',
    body: (person, room) => {
      const image = room.picture(person);
      return { data: { ...describe(person), resource_type: 'user', photo: { image_128x128: image } } };
    },
  },
  revocation: { path: '/-/oauth_revoke' },
});
