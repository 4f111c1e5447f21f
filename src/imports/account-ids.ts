import { decodeJwt } from 'jose';
import {
  type DerivedIds,
  exportedAccountIds,
  foreignClaimOf,
  hasSubjectForm,
} from '../connectors/engine/exported-account.ts';
import { isUsableId } from '../connectors/engine/fetch-account.ts';
import type { JsonObject } from '../kit/exact-json.ts';
import type { Connection } from '../login/connections.ts';
import type { ExportedAccount } from './exported-user.ts';
import { idsInProfile } from './ids-in-profile.ts';
import type { Reason } from './reasons.ts';

export interface AccountIds extends DerivedIds {
  /** The exported id, if an earlier version took it for the subject although no sign-in produces it. */
  readonly formerSubject: string | undefined;
  /** The reason why the tokens are not of this account and connection. */
  readonly tokensLeft: Reason | undefined;
}

/** One id of an account, of which it is not known whether it is the subject. */
export interface UnconfirmedIds {
  readonly unconfirmed: string;
  /** The shared id, if it is known. */
  readonly alternates: Readonly<Record<string, string>>;
}

/** Returns the ids of the account as a sign-in produces them, or the reason why they are unknown. */
export function accountIdsOf(
  account: ExportedAccount,
  connection: Connection,
): AccountIds | UnconfirmedIds | Reason {
  const claims = claimsOf(account, connection);
  const ids = connection.connector.profileIds
    ? profileIdsOf(account, connection)
    : exportedAccountIds(connection, {
        id: account.subject,
        profile: account.profile,
        claims: claims === 'unreadable' ? undefined : claims,
      });
  if (!ids) return 'unknown_subject';
  const { alternates, ...given } = ids;
  if (![...Object.values(given), ...Object.values(alternates)].every(isUsableId)) return 'unusable_subject';
  if ('unconfirmed' in ids) return ids;
  return {
    ...ids,
    formerSubject: hasSubjectForm(connection, account.subject) ? undefined : account.subject,
    tokensLeft: claims === 'unreadable' ? 'token_unusable' : foreignTo(connection, claims, ids.subject),
  };
}

/**
 * Returns the ids that the provider has told. A provider also tells the account of a token that another client has, and such
 * a token is of no use here.
 */
export function provenIdsOf(
  account: ExportedAccount,
  connection: Connection,
  proven: DerivedIds,
): AccountIds {
  const claims = claimsOf(account, connection);
  const tokensLeft = claims === 'unreadable' ? undefined : foreignTo(connection, claims, proven.subject);
  return { ...proven, formerSubject: undefined, tokensLeft };
}

/** Some providers have several ids for one account, and the export may hold another than this broker's connector takes. */
function profileIdsOf(
  account: ExportedAccount,
  { connector: { profileIds, sharedId } }: Connection,
): DerivedIds | UnconfirmedIds | undefined {
  if (!profileIds || profileIds === 'none') return undefined;
  const found = idsInProfile(account, profileIds);
  if (!found) return undefined;
  const { shared, ...id } = found;
  return { ...id, alternates: sharedId !== undefined && shared !== undefined ? { [sharedId]: shared } : {} };
}

/** Returns the claims of the account's ID token. Its signature was checked when it was issued. */
function claimsOf(
  { tokens, idToken: loose }: ExportedAccount,
  { connector }: Connection,
): JsonObject | 'unreadable' | undefined {
  const idToken = typeof tokens === 'object' && 'accessToken' in tokens ? tokens.idToken : loose;
  if (!idToken || connector.family !== 'oidc') return undefined;
  try {
    return decodeJwt(idToken.reveal()) as JsonObject;
  } catch {
    return 'unreadable';
  }
}

function foreignTo(
  connection: Connection,
  claims: JsonObject | undefined,
  subject: string,
): Reason | undefined {
  switch (foreignClaimOf(connection, claims, subject)) {
    case 'iss':
      return 'token_of_other_issuer';
    case 'aud':
      return 'token_of_other_client';
    case 'sub':
      return 'token_of_other_account';
    default:
      return undefined;
  }
}
