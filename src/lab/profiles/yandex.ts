import { alphabets, derived, random } from '../core/mint.ts';
import { json, param } from '../core/wire.ts';
import { apiDialect } from '../engines/api-dialect.ts';
import { authenticate } from '../engines/client-auth.ts';
import { dropOldest } from '../engines/require-token.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Room } from '../profile.ts';

const life = 31_536_000;
const isOfDevice = (scopes: readonly string[]) => scopes.some((scope) => scope.startsWith('device:'));

export const yandex = standardProfile({
  name: 'yandex',
  title: 'Yandex',
  provider: 'yandex',
  clientId: derived('yandex client id', 32, alphabets.hex),
  clientSecret: derived('yandex client secret', 32, alphabets.hex),
  rotation: 'single-use',
  mint: {
    code: () => random(16),
    access: () => `y0_AgAAAA${random(48, alphabets.base64url)}`,
    refresh: () => `1:${random(16)}:${random(48, alphabets.base64url)}`,
  },
  subject: (person) => `1${derived(`yandex id ${person.id}`, 9, alphabets.digits)}`,
  authorize: {
    path: '/authorize',
    required: ['response_type'],
    defaultScopes: ['login:info', 'login:email', 'login:avatar'],
    knownScope: (scope) => scope.startsWith('login:'),
    // The device of a token is stored but never returned.
    grantScopes: ({ query }, approved) => {
      const device = query.get('device_id');
      return device === null ? approved : [...approved, `device:${device}`];
    },
  },
  token: { path: '/token', life: { access: life, refresh: life }, refreshSlides: true },
  answer: ({ scope: _, ...fields }, { access }, room) => {
    if (isOfDevice(access.scopes)) dropOldest(room, access, { count: 20, perScopes: false });
    return { ...fields, token_type: 'bearer' };
  },
  userinfo: {
    path: '/info',
    token: ({ header }) => /^oauth +(\S+)$/i.exec(header('authorization') ?? '')?.[1],
    scopes: ['login:info'],
    body: (person, room, { clientId, scopes }) => ({
      id: room.profile.subject(person, clientId),
      psuid: `1.AA${derived(`yandex psuid ${clientId} ${person.id}`, 40)}`,
      login: person.handle,
      client_id: clientId,
      ...(scopes.includes('login:info') && { display_name: person.handle, real_name: person.name }),
      ...(scopes.includes('login:email') &&
        person.email !== null && { default_email: person.email, emails: [person.email] }),
      ...(scopes.includes('login:avatar') && {
        default_avatar_id: `${derived(`yandex avatar ${person.id}`, 5, alphabets.digits)}/enc-${person.id}`,
        is_avatar_empty: false,
      }),
    }),
  },
  refuse: apiDialect((problem) => json({ error: 'Unauthorized', problem }, 401), {
    client_unknown: [400, 'invalid_client', 'Client not found'],
    client_secret: [400, 'invalid_client', 'Wrong client secret'],
    code_expired: [400, 'invalid_grant', 'Code has expired'],
    refresh_revoked: [400, 'invalid_grant', 'expired_token'],
  }),
  endpoints: { authorization: '/authorize', token: '/token', userinfo: '/info', api: '' },
  more: mountRevoke,
});

function mountRevoke(room: Room): void {
  room.route({
    kind: 'revoke',
    methods: ['POST'],
    path: '/revoke_token',
    handle: (call) => {
      authenticate(room, call, ['post', 'basic']);
      const token = room.ledger.token(param(call, 'access_token') ?? '');
      const refused = (error: string, error_description: string) => json({ error, error_description }, 400);
      if (token === undefined || !room.ledger.isLive(token)) return refused('invalid_grant', 'no such token');
      if (!isOfDevice(token.scopes)) return refused('unsupported_token_type', 'the token is of no device');
      room.ledger.endGrant(room.grant(token), 'revoked_by_client');
      return json({ status: 'ok' });
    },
  });
}
