import { z } from 'zod';
import { type Sealed, UnreadableError } from '../kit/keys/keyring.ts';
import { Secret } from '../kit/secret.ts';
import type { Owner } from './owner-store.ts';
import type { TokenKeyring } from './token-keyring.ts';

/** The sealed part of an entry: the tokens, the parameters that an app needs beside them, and facts about their grant. */
export interface EntryTokens {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  /**
   * Granted scopes that an app had asked for beyond those of the connection; undefined: an earlier version of the broker
   * stored the set and did not note them.
   */
  readonly furtherScopes?: readonly string[] | undefined;
  /** Seconds: the lifetime that the provider stated last; absent: it never stated one, or an earlier version stored the set. */
  readonly accessLifetime?: number | undefined;
  /** The refresh token is from an earlier authorization than the access token, which may outlive it. */
  readonly joined?: boolean | undefined;
  /** The scopes of the authorization that a joined set has its refresh token from; empty: unknown. */
  readonly refreshScopes?: readonly string[] | undefined;
  /** The origins that the tokens may be sent to. Undefined: an earlier version of the broker stored the set. */
  readonly origins: readonly string[] | undefined;
  /**
   * The age of a set that an import has stored. In a joined set it is about the refresh token. Undefined: a sign-in or a
   * refresh of this broker has issued the tokens.
   */
  readonly imported?: Imported | undefined;
  /** The age of the access token of a joined set, if an import has stored that too. */
  readonly importedAccess?: Imported | undefined;
}

/** The times that tell which of two imported sets is newer. */
export interface Imported {
  /** The product's own time of these tokens. Undefined: the export states none. */
  readonly statedAt: Date | undefined;
  /** The end of the access token. Undefined: the export states none. */
  readonly endsAt: Date | undefined;
  /** The time of the export, or of the import if it is not known. */
  readonly exportedBy: Date;
}

const time = z.number().transform((milliseconds) => new Date(milliseconds));
const importedShape = z.object({
  stated_at: time.optional(),
  ends_at: time.optional(),
  exported_by: time,
});

const shape = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  parameters: z.record(z.string(), z.string()),
  further_scopes: z.array(z.string()).optional(),
  access_lifetime: z.number().optional(),
  joined: z.boolean().optional(),
  refresh_scopes: z.array(z.string()).optional(),
  origins: z.array(z.string()).optional(),
  imported: importedShape.optional(),
  imported_access: importedShape.optional(),
});

/** Returns a joined set without the earlier of its two tokens. */
export function withoutRefreshToken(tokens: EntryTokens): EntryTokens {
  const { importedAccess: imported } = tokens;
  const none = {
    refreshToken: undefined,
    joined: undefined,
    refreshScopes: undefined,
    importedAccess: undefined,
  };
  return { ...tokens, ...none, imported };
}

/** Encrypts the tokens for one identity, owner and version: they open with no other. */
export function sealTokens(keyring: TokenKeyring, tokens: EntryTokens, place: Place): Sealed {
  const plain: z.input<typeof shape> = {
    access_token: tokens.accessToken.reveal(),
    ...(tokens.refreshToken && { refresh_token: tokens.refreshToken.reveal() }),
    parameters: { ...tokens.parameters },
    ...(tokens.furtherScopes && { further_scopes: [...tokens.furtherScopes] }),
    ...(tokens.accessLifetime !== undefined && { access_lifetime: tokens.accessLifetime }),
    ...(tokens.joined && { joined: true }),
    ...(tokens.refreshScopes && { refresh_scopes: [...tokens.refreshScopes] }),
    ...(tokens.origins && { origins: [...tokens.origins] }),
    ...(tokens.imported && { imported: plainImported(tokens.imported) }),
    ...(tokens.importedAccess && { imported_access: plainImported(tokens.importedAccess) }),
  };
  const context = keyring.unbound?.writes() ? unboundContext(place) : tokensContext(place);
  return keyring.seal(JSON.stringify(plain), context);
}

/** Decrypts the tokens. @throws UnreadableError when the row was changed, moved, or sealed with a key that is missing */
export function openTokens(keyring: TokenKeyring, entry: Sealed & Place): EntryTokens {
  const {
    access_token,
    refresh_token,
    parameters,
    further_scopes,
    access_lifetime,
    joined,
    refresh_scopes,
    origins,
    imported,
    imported_access,
  } = shape.parse(JSON.parse(openText(keyring, entry)));
  return {
    accessToken: new Secret(access_token),
    refreshToken: refresh_token === undefined ? undefined : new Secret(refresh_token),
    parameters,
    furtherScopes: further_scopes,
    accessLifetime: access_lifetime,
    joined,
    refreshScopes: refresh_scopes,
    origins,
    imported: imported && importedIn(imported),
    importedAccess: imported_access && importedIn(imported_access),
  };
}

function plainImported({ statedAt, endsAt, exportedBy }: Imported): z.input<typeof importedShape> {
  return {
    ...(statedAt && { stated_at: statedAt.getTime() }),
    ...(endsAt && { ends_at: endsAt.getTime() }),
    exported_by: exportedBy.getTime(),
  };
}

function importedIn({ stated_at, ends_at, exported_by }: z.output<typeof importedShape>): Imported {
  return { statedAt: stated_at, endsAt: ends_at, exportedBy: exported_by };
}

function openText(keyring: TokenKeyring, entry: Sealed & Place): string {
  try {
    return keyring.open(entry, tokensContext(entry));
  } catch (error) {
    if (!(error instanceof UnreadableError) || !keyring.unbound?.opens()) throw error;
    return keyring.open(entry, unboundContext(entry));
  }
}

interface Place {
  readonly identityId: string;
  readonly version: number;
  readonly owner: Owner;
}

/** Returns the authenticated data of a sealed token set. */
export function tokensContext({ owner, ...place }: Place): string {
  return `${unboundContext(place)}:of:${JSON.stringify(owner)}`;
}

/** Returns the authenticated data that the version before used, without the owner. */
export function unboundContext({ identityId, version }: Omit<Place, 'owner'>): string {
  return `vault_entry:${identityId}:tokens:${version}`;
}
