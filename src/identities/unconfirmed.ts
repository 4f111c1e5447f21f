import { issuersOf } from '../connectors/contract/registration.ts';
import type { Connection } from '../login/connections.ts';
import type { VerifiedSignIn } from '../login/sign-in.ts';
import type { IdentityKey } from './identity-key.ts';
import type { KeyedIdentity, SubjectChange } from './subject-moves-store.ts';

// An import may know one id of an account without knowing which one it is: some products keep the id that several apps
// share, or else the subject. Such an identity is stored under an issuer of its own until a sign-in proves both ids. The row
// tag and the seals of tokens cover the issuer.

const mark = '#unconfirmed';

export function unconfirmedIssuer(issuer: string): string {
  return `${issuer}${mark}`;
}

export function isConfirmed({ issuer }: Pick<IdentityKey, 'issuer'>): boolean {
  return !issuer.endsWith(mark);
}

/** SQL: true for a confirmed identity. */
export const confirmedOnly = `right(issuer, ${mark.length}) <> '${mark}'`;

/**
 * Returns a user's other identities by which they may sign in when one goes. No sign-in may ever find an unconfirmed one, so it
 * counts only if the one that goes is not confirmed either.
 */
export function othersThan<One extends Pick<IdentityKey, 'issuer'> & { readonly id: string }>(
  leaving: One,
  mine: readonly One[],
  { unconfirmedCounts = false } = {},
): readonly One[] {
  const counts = unconfirmedCounts || !isConfirmed(leaving) ? () => true : isConfirmed;
  return mine.filter((one) => one.id !== leaving.id && counts(one));
}

/** Returns whether identities of this connection can be stored without a known subject. */
function hasUnconfirmed({ connector: { profileIds } }: Pick<Connection, 'connector'>): boolean {
  return typeof profileIds === 'object' && profileIds.shared !== undefined;
}

/** Returns the keys at a connection under which an import may have stored an account with one of these ids. */
export function unconfirmedKeysAt(
  connection: Pick<Connection, 'id' | 'registration' | 'connector'>,
  ids: readonly string[],
): readonly IdentityKey[] {
  if (!hasUnconfirmed(connection)) return [];
  return [...new Set(ids)].flatMap((subject) =>
    issuersOf(connection.registration).map((issuer) => ({
      connectionId: connection.id,
      issuer: unconfirmedIssuer(issuer),
      subject,
    })),
  );
}

/** Returns the keys under which an import may have stored the account of a sign-in, that of its subject first. */
export function unconfirmedKeysOf({
  connection,
  account,
}: Pick<VerifiedSignIn, 'connection' | 'account'>): readonly IdentityKey[] {
  const { sharedId } = connection.connector;
  const shared = sharedId === undefined ? undefined : account.alternates[sharedId];
  return unconfirmedKeysAt(connection, [account.subject, ...(shared === undefined ? [] : [shared])]);
}

/** Gives an identity the ids of its account. Returns false if it has changed since it was read, or the key is taken. */
export type Rekey = (identity: KeyedIdentity, to: SubjectChange) => Promise<boolean>;
