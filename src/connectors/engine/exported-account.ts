import type { JsonObject } from '../../kit/exact-json.ts';
import type { Connector } from '../contract/contract.ts';
import type { Registration } from '../contract/registration.ts';
import { accountIn, type ForeignClaim, foreignClaim } from './refreshed-id-token.ts';

/** An account as another product knows it. */
export interface ExportedAccountIds {
  readonly id: string;
  readonly profile: JsonObject;
  /** The claims of the account's ID token. Its signature was checked when it was issued. */
  readonly claims: JsonObject | undefined;
}

export interface DerivedIds {
  readonly subject: string;
  readonly alternates: Readonly<Record<string, string>>;
}

type At = { readonly connector: Connector; readonly registration: Registration };

/**
 * Returns the ids that a sign-in with this account produces. Undefined: the export does not tell them. An ID token of another
 * client or issuer proves no subject, but it can contradict one.
 */
export function exportedAccountIds(at: At, exported: ExportedAccountIds): DerivedIds | undefined {
  const { connector } = at;
  const { id, claims } = exported;
  const named = claims && namedIn(connector, claims, id);
  const isOurs = named !== undefined && !foreignClaimOf(at, claims, named.subject);
  const subject = isOurs ? named.subject : subjectOf(at, exported);
  if (subject === undefined || (named && named.subject !== subject)) return undefined;
  if (isOurs && !hasSubjectForm(at, subject)) return undefined;
  const { sharedId, sharedIdIsSubject } = connector;
  const shared = sharedId !== undefined && sharedIdIsSubject ? { [sharedId]: subject } : {};
  return { subject, alternates: { ...shared, ...(isOurs && named.alternates) } };
}

/** Returns whether a sign-in at the connection can produce this subject, as far as its form tells. */
export function hasSubjectForm({ connector, registration }: At, subject: string): boolean {
  return connector.exportedIds?.isSubject(subject, registration) ?? true;
}

/** Returns whether an exported id is one of the ids of an account that the provider has named: a whole one, or a part. */
export function isIdOf({ subject, alternates }: DerivedIds, id: string): boolean {
  const ids = [subject, ...Object.values(alternates)];
  return ids.some((one) => one === id || [':', '-'].some((mark) => one.endsWith(mark + id)));
}

/** Returns the claim that shows that an ID token is of another issuer, client or account. Undefined: none does. */
export function foreignClaimOf(
  { connector, registration }: At,
  claims: JsonObject | undefined,
  subject: string,
): ForeignClaim | undefined {
  if (!claims) return undefined;
  // An ID token must name its audience and an account (OpenID Connect Core section 2).
  if (claims.aud === undefined) return 'aud';
  if (!accountIn(connector, claims)) return 'sub';
  return foreignClaim({ connector, registration, subject }, claims);
}

/** Returns the subject from the exported id, the profile and the connection's options. */
function subjectOf(at: At, { id, profile }: ExportedAccountIds): string | undefined {
  const { connector, registration } = at;
  const { exportedIds } = connector;
  if (!exportedIds || exportedIds.isSubject(id, registration)) return id;
  const found =
    namedIn(connector, profile, id)?.subject ?? exportedIds.subjectOf?.({ id, profile, registration });
  return found !== undefined && hasSubjectForm(at, found) ? found : undefined;
}

/** Returns the account in a profile or in claims, if the id is one of its ids. */
function namedIn(connector: Connector, profile: JsonObject, id: string): DerivedIds | undefined {
  const account = accountIn(connector, profile);
  if (!account) return undefined;
  const { subject, alternates } = account;
  const further = connector.exportedIds?.idsIn?.(profile) ?? [];
  const ids = [subject, profile.sub, ...Object.values(alternates), ...further].map(digitsOf);
  return ids.includes(id) ? { subject, alternates } : undefined;
}

function digitsOf(value: unknown): unknown {
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
}
