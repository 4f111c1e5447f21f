import { alphabets, derived, random } from '../core/mint.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Profile } from '../profile.ts';

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const known = ['profile', 'profile:user_id', 'postal_code'];

export const amazon: Profile = standardProfile({
  name: 'amazon',
  title: 'Amazon',
  provider: 'amazon',
  clientId: `amzn1.application-oa2-client.${derived('amazon client id', 32, alphabets.hex)}`,
  clientSecret: derived('amazon client secret', 64, alphabets.hex),
  mint: {
    code: () => `AN${random(18)}`,
    access: () => `Atza|${random(180)}`,
    refresh: () => `Atzr|${random(180)}`,
  },
  // The id differs from one security profile to another.
  subject: (person, clientId) => `amzn1.account.${derived(`amazon ${clientId} ${person.id}`, 28, base32)}`,
  authorize: {
    path: '/ap/oa',
    required: ['response_type', 'scope'],
    knownScope: (scope) => known.includes(scope),
  },
  token: { path: '/auth/o2/token', life: { access: 3600, refresh: null } },
  answer: ({ scope: _, ...fields }) => ({ ...fields, token_type: 'bearer' }),
  userinfo: {
    path: '/user/profile',
    scopes: ['profile', 'profile:user_id'],
    body: (person, room, { clientId, scopes }) => ({
      user_id: room.profile.subject(person, clientId),
      ...(scopes.includes('profile') && {
        name: person.name,
        email: person.email ?? `${person.handle}@amazon.example`,
      }),
      ...(scopes.includes('postal_code') && { postal_code: '98052' }),
    }),
  },
  words: {
    token_unknown: [400, 'invalid_token', 'The token provided is invalid or has expired.'],
    token_expired: [400, 'invalid_token', 'The token provided is invalid or has expired.'],
    token_revoked: [400, 'invalid_token', 'The token provided is invalid or has expired.'],
    token_missing: [400, 'invalid_request', 'The request is missing a required parameter.'],
    scope: [401, 'insufficient_scope', 'The access token does not carry '],
  },
});
