import { alphabets, derived, random } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import { Refusal } from '../core/refusal.ts';
import type { Call } from '../core/wire.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Room } from '../profile.ts';

const scope = 'https://auth.snapchat.com/oauth2/api/user';

export const snapchat = standardProfile({
  name: 'snapchat',
  title: 'Snapchat',
  provider: 'snapchat',
  clientId: 'a0105105-1050-4105-8105-105105105105',
  clientSecret: derived('snapchat client secret', 43),
  rotation: 'single-use',
  mint: { code: () => random(43), access: () => random(180, alphabets.base64url), refresh: () => random(90) },
  // The id differs from app to app.
  subject: (person, clientId) => `CAES${derived(`snapchat external id ${clientId} ${person.id}`, 40)}`,
  authorize: {
    path: '/accounts/oauth2/auth',
    required: ['response_type', 'scope', 'state'],
    knownScope: (name) => name.startsWith(scope),
    untickable: (name) => name !== `${scope}.external_id`,
  },
  token: {
    path: '/accounts/oauth2/token',
    clientAuth: ['basic'],
    life: { access: 3600, refresh: null },
  },
  userinfo: {
    path: '/v1/me',
    methods: ['GET', 'POST'],
    scopes: [`${scope}.external_id`],
    body: me,
  },
  endpoints: {
    authorization: '/accounts/oauth2/auth',
    token: '/accounts/oauth2/token',
    userinfo: '/v1/me',
    api: '/v1',
  },
});

type Asked = { readonly call: Call; readonly clientId: string; readonly scopes: readonly string[] };

/** Returns the requested GraphQL fields that were granted. */
function me(person: Person, room: Room, { call, clientId, scopes }: Asked): unknown {
  const query = call.method === 'GET' ? call.query.get('query') : call.json.query;
  if (typeof query !== 'string') throw new Refusal('missing', 'query');
  const asks = (field: string) => new RegExp(`\\b${field}\\b`).test(query);
  const mayShow = (name: string) => scopes.includes(`${scope}.${name}`);
  return {
    data: {
      me: {
        ...(asks('externalId') && { externalId: room.profile.subject(person, clientId) }),
        ...(asks('displayName') && { displayName: mayShow('display_name') ? person.name : null }),
        ...(asks('bitmoji') && {
          bitmoji: mayShow('bitmoji.avatar') ? { avatar: room.picture(person) } : null,
        }),
      },
    },
    errors: [],
  };
}
