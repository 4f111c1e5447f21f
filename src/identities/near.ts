import type { Connection } from '../login/connections.ts';
import type { VerifiedSignIn } from '../login/sign-in.ts';
import type { IdentityKey } from './identity-key.ts';
import { sharedIdOf, spacesOf } from './shared-id.ts';
import { unconfirmedKeysAt, unconfirmedKeysOf } from './unconfirmed.ts';

/** The other identities that may be of the same person as a new one. */
export interface Near {
  /** The other connections at which the same shared id means the same person. */
  readonly sharing: readonly string[];
  /** The keys there under which an import may have stored the shared id. */
  readonly unconfirmedThere: readonly IdentityKey[];
  /** The keys under which an import may have stored this very identity. */
  readonly unconfirmed: readonly IdentityKey[];
}

/**
 * Returns where to look for the person of a sign-in. Shared ids are comparable at connections of the same space. The
 * connection itself is left out: it has one subject per person, so a second subject with the same shared id must not join an
 * existing user.
 */
export function nearOf(signIn: VerifiedSignIn, all: readonly Connection[]): Near {
  const shared = sharedIdOf(signIn);
  const spaces = spacesOf(all);
  const sharing = shared
    ? all.filter(({ id }) => id !== signIn.connection.id && spaces.get(id) === shared.space)
    : [];
  return {
    sharing: sharing.map(({ id }) => id),
    unconfirmedThere: sharing.flatMap((one) => unconfirmedKeysAt(one, shared ? [shared.value] : [])),
    unconfirmed: unconfirmedKeysOf(signIn),
  };
}
