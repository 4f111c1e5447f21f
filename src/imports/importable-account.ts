import type { DerivedIds } from '../connectors/engine/exported-account.ts';
import { profileOf } from '../identities/identity-profile.ts';
import type { IdentityKey, IdentityProfile } from '../identities/identity-store.ts';
import { type SharedId, sharedIdOf } from '../identities/shared-id.ts';
import { unconfirmedIssuer, unconfirmedKeysAt } from '../identities/unconfirmed.ts';
import type { JsonObject } from '../kit/exact-json.ts';
import type { Connection } from '../login/connections.ts';
import { type AccountIds, accountIdsOf, provenIdsOf, type UnconfirmedIds } from './account-ids.ts';
import type { ExportedAccount } from './exported-user.ts';
import { forClient } from './for-client.ts';
import { type ImportableTokens, importableTokens } from './importable-tokens.ts';
import type { Left, Reason } from './reasons.ts';

/** An exported account as an identity of this broker. */
export interface ImportableAccount extends Keys {
  readonly profile: IdentityProfile;
  readonly tokens: ImportableTokens | undefined;
  /** The name of the connection in the export. */
  readonly from: string;
}

interface Keys {
  readonly key: IdentityKey;
  /** The keys under which an earlier version may have stored the identity. */
  readonly formerKeys: readonly IdentityKey[];
  /** The keys under which an earlier import stored the identity, with an id that no sign-in produces. */
  readonly mistakenKeys: readonly IdentityKey[];
  /** Set: it is not known whether the exported id is the subject. `shared`: the same id as a shared one. */
  readonly unconfirmed?: { readonly shared: SharedId | undefined };
}

/** Returns the id that several connections share, or that may be one. */
export function sharedOf({ profile, unconfirmed }: ImportableAccount): SharedId | undefined {
  return unconfirmed?.shared ?? profile.shared;
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

export interface AccountResult {
  readonly importable?: ImportableAccount;
  readonly left: readonly Omit<Left, 'user'>[];
}

/** Returns the account as an identity, and the parts that are skipped. `proven`: its ids, where the export does not tell them. */
export function importableAccount(
  account: ExportedAccount,
  { connectionOf, ...context }: ImportContext,
  proven?: DerivedIds,
): AccountResult {
  const left = (reason: Reason) => [
    { connection: account.connection, reason, ...(reason === 'token_encrypted' && whyClosed(account)) },
  ];
  const connection = connectionOf(account.connection);
  if (!connection) return { left: left('unknown_connection') };
  const own = forClient(account, connection);
  const ids = proven ? provenIdsOf(own, connection, proven) : accountIdsOf(own, connection);
  if (typeof ids === 'string') return { left: left(ids) };
  const tokens = 'unconfirmed' in ids ? tokensToAsk(own) : tokensOf(own, ids, { connection, ...context });
  const importable = {
    ...('unconfirmed' in ids ? unconfirmedAt(connection, ids) : confirmedAt(connection, ids)),
    profile: profileOf({ connection, account: described(account, ids), tokens: undefined }, {}),
    tokens: typeof tokens === 'string' ? undefined : tokens,
    from: account.connection,
  };
  return { importable, left: typeof tokens === 'string' ? left(tokens) : [] };
}

function described(account: ExportedAccount, ids: AccountIds | UnconfirmedIds) {
  return {
    subject: 'unconfirmed' in ids ? ids.unconfirmed : ids.subject,
    alternates: ids.alternates,
    name: account.name,
    picture: account.picture,
    email: account.email,
    // Only the export says that the address is verified. The provider says so, or not, at the next sign-in.
    emailVerified: false,
  };
}

function confirmedAt(connection: Connection, { subject, alternates, formerSubject }: AccountIds): Keys {
  const [key, ...formerKeys] = keysAt(connection, subject);
  const shared = sharedIdOf({ connection, account: { alternates } });
  return {
    key,
    formerKeys,
    mistakenKeys: [
      ...(formerSubject === undefined ? [] : keysAt(connection, formerSubject)),
      ...unconfirmedKeysAt(connection, [subject, ...(shared ? [shared.value] : [])]),
    ],
  };
}

function unconfirmedAt(connection: Connection, { unconfirmed: id }: UnconfirmedIds): Keys {
  const unconfirmed = (key: IdentityKey) => ({ ...key, issuer: unconfirmedIssuer(key.issuer) });
  const keys = keysAt(connection, id);
  const [key, ...others] = keys;
  const { sharedId } = connection.connector;
  const alternates = { ...(sharedId !== undefined && { [sharedId]: id }) };
  return {
    key: unconfirmed(key),
    // A sign-in may have confirmed the identity already.
    formerKeys: [...others.map(unconfirmed), ...keys],
    mistakenKeys: [],
    unconfirmed: { shared: sharedIdOf({ connection, account: { alternates } }) },
  };
}

/** Returns the keys of an account, the present one first. */
function keysAt({ id, registration }: Connection, subject: string): [IdentityKey, ...IdentityKey[]] {
  const { issuer, formerIssuers = [] } = registration;
  const at = (name: string) => ({ connectionId: id, issuer: name, subject });
  return [at(issuer), ...formerIssuers.map(at)];
}

/** Returns why the tokens of an unconfirmed account are left: apps that use them need its subject. */
function tokensToAsk({ tokens }: ExportedAccount): Reason | undefined {
  if (tokens === undefined) return undefined;
  return tokens === 'encrypted' || 'unopened' in tokens ? 'token_encrypted' : 'token_needs_ask';
}

/** Returns why the operator's secret did not open the tokens. */
function whyClosed({ tokens }: ExportedAccount) {
  return typeof tokens === 'object' && 'unopened' in tokens && { detail: tokens.unopened };
}

function tokensOf(
  { tokens }: ExportedAccount,
  { tokensLeft, ...ids }: AccountIds,
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
    tokens: { ...tokens, extra: { ...idsInAnswer(connection, ids), ...tokens.extra } },
    foreign: tokensLeft,
    connection,
    assumedScopes: scopes.get(connection.alias),
    exportedAt,
    now,
  });
}

/** Returns the ids under the names that a token answer has for them: some providers' APIs need one beside the token. */
function idsInAnswer({ connector }: Connection, { subject, alternates }: DerivedIds): JsonObject {
  const { profileIds, sharedId } = connector;
  if (!profileIds || profileIds === 'none') return {};
  const shared = sharedId === undefined ? undefined : alternates[sharedId];
  return {
    ...(profileIds.shared !== undefined && shared !== undefined && { [profileIds.shared]: shared }),
    [profileIds.subject]: subject,
  };
}
