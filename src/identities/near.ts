import type { Connection } from '../login/connections.ts';
import type { VerifiedSignIn } from '../login/sign-in.ts';
import type { IdentityKey } from './identity-key.ts';
import { type SharedId, sharedIdOf, spacesOf } from './shared-id.ts';
import type { Spaces } from './shared-id-store.ts';
import { unconfirmedKeysAt, unconfirmedKeysOf } from './unconfirmed.ts';

/** The identities at other connections that may be of the same person. */
export interface NearThere {
  /** The other connections at which the same shared id means the same person. */
  readonly sharing: readonly string[];
  /** The keys there under which an import may have stored the shared id. */
  readonly unconfirmedThere: readonly IdentityKey[];
}

/** The other identities that may be of the same person as a new one. */
export interface Near extends NearThere {
  /** The keys under which an import may have stored this very identity. */
  readonly unconfirmed: readonly IdentityKey[];
}

/** Returns where to look for the person of a sign-in. */
export function nearOf(signIn: VerifiedSignIn, all: readonly Connection[]): Near {
  const at = { connectionId: signIn.connection.id, shared: sharedIdOf(signIn) };
  return { ...nearThere(at, { all, spaces: spacesOf(all) }), unconfirmed: unconfirmedKeysOf(signIn) };
}

/**
 * Returns where to look for the person with a shared id. Shared ids are comparable at connections of the same space. The
 * connection itself is left out: it has one subject per person, so a second subject with the same shared id must not join an
 * existing user.
 */
export function nearThere(
  { connectionId, shared }: { readonly connectionId: string; readonly shared: SharedId | undefined },
  { all, spaces }: { readonly all: readonly Connection[]; readonly spaces: Spaces },
): NearThere {
  const sharing = shared
    ? all.filter(({ id }) => id !== connectionId && spaces.get(id) === shared.space)
    : [];
  return {
    sharing: sharing.map(({ id }) => id),
    unconfirmedThere: sharing.flatMap((one) => unconfirmedKeysAt(one, shared ? [shared.value] : [])),
  };
}
