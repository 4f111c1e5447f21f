import { decodeJwt } from 'jose';
import { nativeAudiencesOf } from '../connectors/contract/options.ts';
import { jwtLifetime } from '../connectors/engine/lifetime.ts';
import { tokenSetOf } from '../connectors/engine/token-answer.ts';
import { after, seconds } from '../kit/clock.ts';
import type { Connection } from '../login/connections.ts';
import type { Incoming } from '../vault/intake.ts';
import type { PeerTokens } from './peer-user.ts';
import type { Reason } from './reasons.ts';

export interface TokensAsk {
  readonly tokens: PeerTokens;
  readonly subject: string;
  readonly connection: Connection;
  /** Granted, where the export does not say it. */
  readonly assumedScopes: readonly string[] | undefined;
  readonly now: Date;
}

export type Arriving = Omit<Incoming, 'identityId'>;

/** A peer's tokens as the vault takes them, or why it does not. */
export function arrivingTokens(ask: TokensAsk): Arriving | Reason {
  const { tokens, connection, now } = ask;
  if (connection.connector.family === 'tokenless') return 'token_not_kept';
  const foreign = foreignTo(ask);
  if (foreign) return foreign;
  const set = tokenSetAs(ask);
  if (!set) return 'token_unusable';
  const { refreshEndsAt } = tokens;
  const renewable = set.refreshToken !== undefined && !(refreshEndsAt && refreshEndsAt <= now);
  const end = endOf(ask, renewable, set.expiresIn);
  if (end === undefined) return 'token_end_unknown';
  if (end && end <= now && !renewable) return 'token_ended';
  return {
    connection,
    tokens: { ...set, refreshToken: renewable ? set.refreshToken : undefined },
    issuedBy: tokens.issuedBy ?? now,
    accessExpiresAt: end,
    refreshExpiresAt: refreshEndsAt,
    endIsStated: tokens.accessEndsAt !== undefined,
  };
}

/** The ID token that came with it tells, unsigned as it is kept here, for whom the two were issued. */
function foreignTo({ tokens, subject, connection }: TokensAsk): Reason | undefined {
  if (!tokens.idToken || connection.connector.family !== 'oidc') return undefined;
  let claims: ReturnType<typeof decodeJwt>;
  try {
    claims = decodeJwt(tokens.idToken.reveal());
  } catch {
    return 'token_unusable';
  }
  const { clientId, options } = connection.registration;
  const ours = [clientId, ...nativeAudiencesOf(options)];
  if (![claims.aud ?? []].flat().some((audience) => ours.includes(audience))) return 'token_of_other_client';
  return claims.sub === subject ? undefined : 'token_of_other_account';
}

function tokenSetAs({ tokens, connection, assumedScopes, now }: TokensAsk) {
  const { connector, registration } = connection;
  const { grantedSeparator, separator } = connector.scopes;
  const scopes = tokens.scopes ?? assumedScopes;
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

/** Null: the provider states none. Undefined: it has one, and nobody knows when. */
function endOf({ tokens, now }: TokensAsk, renewable: boolean, lifetime: number | undefined) {
  const { accessEndsAt, issuedBy } = tokens;
  if (accessEndsAt) return accessEndsAt;
  // It may have ended, and can be renewed: the first use does.
  if (renewable) return issuedBy && issuedBy < now ? issuedBy : now;
  const own = jwtLifetime(tokens.accessToken.reveal(), now);
  if (typeof own === 'number') return after(now, seconds(own));
  if (lifetime === undefined) return null;
  return issuedBy && after(issuedBy, seconds(lifetime));
}
