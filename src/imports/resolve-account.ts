import { isUsableId } from '../connectors/engine/fetch-account.ts';
import { profileOf } from '../identities/identity-profile.ts';
import type { IdentityKey, IdentityProfile } from '../identities/identity-store.ts';
import type { Connection } from '../login/connections.ts';
import { type Arriving, arrivingTokens } from './arriving-tokens.ts';
import type { PeerAccount } from './peer-user.ts';
import type { Left, Reason } from './reasons.ts';

/** A peer's account as it would be here. */
export interface Candidate {
  readonly key: IdentityKey;
  /** Under which an earlier version may have kept it. */
  readonly formerKeys: readonly IdentityKey[];
  readonly profile: IdentityProfile;
  readonly tokens: Arriving | undefined;
  /** The peer's name of the connection. */
  readonly from: string;
}

export interface Resolving {
  /** The connection that the operator means by a peer's name. */
  readonly connectionOf: (peerName: string) => Connection | undefined;
  /** By alias: what was granted where the export does not say it. */
  readonly scopes: ReadonlyMap<string, readonly string[]>;
  readonly now: Date;
}

/** The account, and what of it is left out. */
export function resolveAccount(
  account: PeerAccount,
  { connectionOf, scopes, now }: Resolving,
): { readonly candidate?: Candidate; readonly left: readonly Omit<Left, 'user'>[] } {
  const left = (reason: Reason) => [{ connection: account.connection, reason }];
  const connection = connectionOf(account.connection);
  if (!connection) return { left: left('unknown_connection') };
  const ids = idsOf(account, connection);
  if (typeof ids === 'string') return { left: left(ids) };
  const arriving = tokensOf(account, ids.subject, { connection, scopes, now });
  const known = {
    ...ids,
    name: account.name,
    picture: account.picture,
    email: account.email,
    // Whoever says so in an export, it is not the provider; it will, at the next sign-in.
    emailVerified: false,
  };
  const key = { connectionId: connection.id, subject: ids.subject };
  const candidate = {
    key: { ...key, issuer: connection.registration.issuer },
    formerKeys: (connection.registration.formerIssuers ?? []).map((issuer) => ({ ...key, issuer })),
    profile: profileOf({ connection, account: known, tokens: undefined }, {}),
    tokens: typeof arriving === 'string' ? undefined : arriving,
    from: account.connection,
  };
  return { candidate, left: typeof arriving === 'string' ? left(arriving) : [] };
}

function tokensOf(
  { tokens }: PeerAccount,
  subject: string,
  { connection, scopes, now }: Pick<Resolving, 'scopes' | 'now'> & { readonly connection: Connection },
): Arriving | Reason | undefined {
  if (tokens === undefined) return undefined;
  if (tokens === 'encrypted') return 'token_encrypted';
  return arrivingTokens({
    tokens,
    subject,
    connection,
    assumedScopes: scopes.get(connection.alias),
    now,
  });
}

/** Where a provider has several ids for one account, the one that the peer has chosen may not be ours. */
function idsOf({ subject: given, profile }: PeerAccount, { connector }: Connection) {
  const { profileIds: names, sharedId } = connector;
  if (names === 'none') return 'unknown_subject';
  const subject = names ? profile[names.subject] : given;
  if (typeof subject !== 'string') return 'unknown_subject';
  const shared = names?.shared && sharedId ? { [sharedId]: profile[names.shared] } : {};
  const alternates = Object.fromEntries(
    Object.entries(shared).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
  const usable = [subject, ...Object.values(alternates)].every(isUsableId);
  return usable ? { subject, alternates } : 'unusable_subject';
}
