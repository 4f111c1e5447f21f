import { alphabets, derived, random } from '../core/mint.ts';
import { bearer, json } from '../core/wire.ts';
import { requireToken } from '../engines/require-token.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Room } from '../profile.ts';

const hex = (seed: string, length: number) => derived(`bitbucket ${seed}`, length, alphabets.hex);

/** The scopes of a consumer, chosen at its registration. */
const ticked = ['account', 'email'];

export const bitbucket = standardProfile({
  name: 'bitbucket',
  title: 'Bitbucket',
  provider: 'bitbucket',
  clientId: derived('bitbucket client id', 18, alphabets.letters),
  clientSecret: derived('bitbucket client secret', 32, alphabets.letters),
  rotation: 'single-use',
  mint: { code: () => random(18), access: () => `${random(84)}=`, refresh: () => random(18) },
  subject: ({ id }) =>
    `{${hex(id, 8)}-${hex(`${id} 1`, 4)}-${hex(`${id} 2`, 4)}-${hex(`${id} 3`, 4)}-${hex(`${id} 4`, 12)}}`,
  authorize: {
    path: '/site/oauth2/authorize',
    defaultScopes: ticked,
    expandScopes: () => ticked,
    challenge: 'ignored',
  },
  token: {
    path: '/site/oauth2/access_token',
    clientAuth: ['basic'],
    pkce: 'ignored',
    redirect: 'if-given',
    life: { access: 7200, refresh: 90 * 86_400 },
    refreshSlides: true,
  },
  answer: (fields, { refresh }) => ({
    ...fields,
    token_type: 'bearer',
    state: refresh ? 'authorization_code' : undefined,
  }),
  userinfo: {
    path: '/2.0/user',
    scopes: ['account'],
    body: (person, room, { clientId }) => ({
      type: 'user',
      uuid: room.profile.subject(person, clientId),
      account_id: `557058:${hex(`${person.id} account`, 24)}`,
      display_name: person.name,
      nickname: person.handle,
      links: { avatar: { href: room.picture(person) } },
    }),
  },
  endpoints: {
    authorization: '/site/oauth2/authorize',
    token: '/site/oauth2/access_token',
    api: '/2.0',
  },
  more: mountEmails,
});

function mountEmails(room: Room): void {
  room.route({
    kind: 'api',
    methods: ['GET'],
    path: '/2.0/user/emails',
    handle: (call) => {
      const person = room.person(requireToken(room, bearer(call), ['email']).user);
      const { email, emailVerified } = person;
      const old = { type: 'email', email: `old-${person.handle}@example.com` };
      const values = [
        { ...old, is_primary: false, is_confirmed: true },
        ...(email === null ? [] : [{ type: 'email', email, is_primary: true, is_confirmed: emailVerified }]),
      ];
      return json({ values, page: 1, size: values.length });
    },
  });
}
