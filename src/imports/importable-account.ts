import { issuersOf } from '../connectors/contract/registration.ts';
import { profileOf } from '../identities/identity-profile.ts';
import type { IdentityKey, IdentityProfile } from '../identities/identity-store.ts';
import type { Connection } from '../login/connections.ts';
import { type AccountIds, accountIdsOf } from './account-ids.ts';
import type { ExportedAccount } from './exported-user.ts';
import { forClient } from './for-client.ts';
import { type ImportableTokens, importableTokens } from './importable-tokens.ts';
import type { Left, Reason } from './reasons.ts';

/** An exported account as an identity of this broker. */
export interface ImportableAccount {
  readonly key: IdentityKey;
  /** The keys under which an earlier version may have stored the identity. */
  readonly formerKeys: readonly IdentityKey[];
  /** The keys under which an earlier import stored the identity, with an id that no sign-in produces. */
  readonly mistakenKeys: readonly IdentityKey[];
  readonly profile: IdentityProfile;
  readonly tokens: ImportableTokens | undefined;
  /** The name of the connection in the export. */
  readonly from: string;
}

export interface ImportContext {
  /** Returns the connection that the operator has mapped to a name of the export. */
  readonly connectionOf: (exportedName: string) => Connection | undefined;
  /** The granted scopes by alias, for exports that do not state them. */
  readonly scopes: ReadonlyMap<string, readonly string[]>;
  /** The time at which the export was made, if the operator stated it. */
  readonly exportedAt: Date | undefined;
  readonly now: Date;
}

/** Returns the account as an identity, and the parts that are skipped. */
export function importableAccount(
  account: ExportedAccount,
  { connectionOf, ...context }: ImportContext,
): { readonly importable?: ImportableAccount; readonly left: readonly Omit<Left, 'user'>[] } {
  const left = (reason: Reason) => [
    { connection: account.connection, reason, ...(reason === 'token_encrypted' && whyClosed(account)) },
  ];
  const connection = connectionOf(account.connection);
  if (!connection) return { left: left('unknown_connection') };
  const own = forClient(account, connection);
  const ids = accountIdsOf(own, connection);
  if (typeof ids === 'string') return { left: left(ids) };
  const tokens = tokensOf(own, ids, { connection, ...context });
  const { subject, alternates, formerSubject } = ids;
  const profile = {
    subject,
    alternates,
    name: account.name,
    picture: account.picture,
    email: account.email,
    // Only the export says that the address is verified. The provider says so, or not, at the next sign-in.
    emailVerified: false,
  };
  const key = { connectionId: connection.id, subject };
  const importable = {
    key: { ...key, issuer: connection.registration.issuer },
    formerKeys: (connection.registration.formerIssuers ?? []).map((issuer) => ({ ...key, issuer })),
    mistakenKeys:
      formerSubject === undefined
        ? []
        : issuersOf(connection.registration).map((issuer) => ({ ...key, subject: formerSubject, issuer })),
    profile: profileOf({ connection, account: profile, tokens: undefined }, {}),
    tokens: typeof tokens === 'string' ? undefined : tokens,
    from: account.connection,
  };
  return { importable, left: typeof tokens === 'string' ? left(tokens) : [] };
}

/** Returns why the operator's secret did not open the tokens. */
function whyClosed({ tokens }: ExportedAccount) {
  return typeof tokens === 'object' && 'unopened' in tokens && { detail: tokens.unopened };
}

function tokensOf(
  { tokens }: ExportedAccount,
  { tokensLeft }: AccountIds,
  {
    connection,
    scopes,
    exportedAt,
    now,
  }: Omit<ImportContext, 'connectionOf'> & { readonly connection: Connection },
): ImportableTokens | Reason | undefined {
  if (tokens === undefined) return undefined;
  if (tokens === 'encrypted' || 'unopened' in tokens) return 'token_encrypted';
  return importableTokens({
    tokens,
    foreign: tokensLeft,
    connection,
    assumedScopes: scopes.get(connection.alias),
    exportedAt,
    now,
  });
}
