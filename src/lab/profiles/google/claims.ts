import type { Token } from '../../core/ledger-types.ts';
import type { Person } from '../../core/people.ts';
import type { Room } from '../../profile.ts';
import { emailScope, profileScope } from './scopes.ts';

/** Returns the claims about a person that the scopes allow. */
export function claims(room: Room, person: Person, token: Token): Record<string, unknown> {
  const named = {
    name: person.name,
    picture: room.picture(person),
    given_name: person.givenName,
    ...(person.familyName === '' ? {} : { family_name: person.familyName }),
  };
  return {
    ...(person.domain === null ? {} : { hd: person.domain }),
    ...(token.scopes.includes(emailScope) && { email: mailOf(person), email_verified: person.emailVerified }),
    ...(token.scopes.includes(profileScope) && named),
  };
}

/** Returns the address, which every Google account has. */
export function mailOf(person: Person): string {
  return person.email ?? `${person.handle}@gmail.example`;
}
