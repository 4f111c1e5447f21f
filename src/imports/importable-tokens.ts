import { jwtLifetime } from '../connectors/engine/lifetime.ts';
import { tokenSetOf } from '../connectors/engine/token-answer.ts';
import { after, seconds } from '../kit/clock.ts';
import { representable } from '../kit/database/timestamp-range.ts';
import type { Connection } from '../login/connections.ts';
import type { ImportedSet } from '../vault/imported-set.ts';
import type { ExportedTokens } from './exported-user.ts';
import type { Reason } from './reasons.ts';

export interface TokensAsk {
  readonly tokens: ExportedTokens;
  /** The reason why they are not of this account and connection. */
  readonly foreign: Reason | undefined;
  readonly connection: Connection;
  /** The granted scopes by the operator's word, for exports that do not state them. */
  readonly assumedScopes: readonly string[] | undefined;
  readonly exportedAt: Date | undefined;
  readonly now: Date;
}

export type ImportableTokens = Omit<ImportedSet, 'identityId'>;

/** Returns the tokens as the vault stores them, or the reason why it cannot. `issuedBy`: they were issued by then. */
export function importableTokens(asked: TokensAsk): ImportableTokens | Reason {
  const { connection, now } = asked;
  const tokens = withPlausibleTimes(asked.tokens, now);
  const ask = { ...asked, tokens };
  if (connection.connector.family === 'tokenless') return 'token_not_kept';
  if (ask.foreign) return ask.foreign;
  const set = tokenSetOfExport(ask);
  if (!set) return 'token_unusable';
  const { refreshEndsAt } = tokens;
  const refreshable = set.refreshToken !== undefined && !(refreshEndsAt && refreshEndsAt <= now);
  const end = endOf(ask, refreshable, set.expiresIn);
  if (end === undefined) return 'token_end_unknown';
  if (end && end <= now && !refreshable) return 'token_ended';
  return {
    connection,
    tokens: { ...set, refreshToken: refreshable ? set.refreshToken : undefined },
    issuedBy: tokens.issuedBy ?? now,
    // Not cut to the present: a product whose clock or zone is ahead still tells its own times in their order.
    statedAt: representable(asked.tokens.issuedBy),
    exportedAt: asked.exportedAt,
    accessExpiresAt: end,
    refreshExpiresAt: refreshEndsAt,
    endIsStated: tokens.accessEndsAt !== undefined,
  };
}

/** Returns the tokens without times that cannot be stored. A token cannot have been issued in the future. */
function withPlausibleTimes(tokens: ExportedTokens, now: Date): ExportedTokens {
  const issuedBy = representable(tokens.issuedBy);
  return {
    ...tokens,
    accessEndsAt: representable(tokens.accessEndsAt),
    refreshEndsAt: representable(tokens.refreshEndsAt),
    issuedBy: issuedBy && issuedBy < now ? issuedBy : issuedBy && now,
  };
}

function tokenSetOfExport({ tokens, connection, assumedScopes, now }: TokensAsk) {
  const { connector, registration } = connection;
  const { grantedSeparator, separator } = connector.scopes;
  // No app may be told of a scope that the token may not have.
  const scopes = (tokens.scopesAre === 'granted' ? tokens.scopes : undefined) ?? assumedScopes;
  const answer = {
    ...tokens.extra,
    access_token: tokens.accessToken.reveal(),
    ...(tokens.refreshToken && { refresh_token: tokens.refreshToken.reveal() }),
    ...(scopes && { scope: scopes.join(grantedSeparator ?? separator) }),
    ...(tokens.lifetime !== undefined && { expires_in: tokens.lifetime }),
  };
  try {
    return tokenSetOf(JSON.stringify(answer), {
      traits: connector,
      asked: scopes ?? [],
      now: tokens.issuedBy ?? now,
      parametersOf: (accessToken, extra) =>
        connector.parameters?.({ accessToken, extra, registration, callback: {} }) ?? {},
    });
  } catch {
    return undefined;
  }
}

/**
 * Returns null if the provider states no end, and undefined if there is an end that the export does not
 * state.
 */
function endOf({ tokens, now }: TokensAsk, refreshable: boolean, lifetime: number | undefined) {
  const { accessEndsAt, issuedBy } = tokens;
  if (accessEndsAt) return accessEndsAt;
  // The access token may have expired. The first retrieval refreshes it.
  if (refreshable) return issuedBy && issuedBy < now ? issuedBy : now;
  const jwtSeconds = jwtLifetime(tokens.accessToken.reveal(), now);
  if (typeof jwtSeconds === 'number') return after(now, seconds(jwtSeconds));
  if (lifetime === undefined) return null;
  return issuedBy && after(issuedBy, seconds(lifetime));
}
