import { type Failure, UpstreamError } from '../connectors/contract/failures.ts';
import type { RefreshTraits } from '../connectors/contract/refresh-traits.ts';
import type { TokenSet, UpstreamAccount } from '../connectors/contract/upstream-sign-in.ts';
import type { Circuit } from '../connectors/engine/circuit.ts';
import { tokenOrigins } from '../connectors/engine/destinations.ts';
import type { DerivedIds } from '../connectors/engine/exported-account.ts';
import { after, type Clock, seconds } from '../kit/clock.ts';
import type { Connection } from '../login/connections.ts';
import type { ExportedAccount, ExportedTokens } from './exported-user.ts';
import type { Reason } from './reasons.ts';

/**
 * Asks the provider about an exported account, with the account's own token. Returns the ids of the account, with the tokens,
 * which may be newer ones then; or the reason why they stay unknown.
 */
export type AskProvider = (asked: Asked) => Promise<Proven | Reason>;

export interface Asked {
  readonly account: ExportedAccount;
  readonly tokens: ExportedTokens;
  readonly connection: Connection;
}

export interface Proven {
  readonly ids: DerivedIds;
  readonly tokens: ExportedTokens;
}

export interface AskProviderDeps {
  readonly circuitOf: (connectionId: string) => Circuit;
  readonly clock: Clock;
}

/** The outcome of one call. */
type Called<T> = { readonly value: T } | { readonly failure: Failure; readonly status: number | undefined };

export function createAskProvider({ circuitOf, clock }: AskProviderDeps): AskProvider {
  async function call<T>(
    { id }: Connection,
    step: 'profile' | 'refresh',
    request: () => Promise<T>,
  ): Promise<Called<T>> {
    try {
      return { value: await circuitOf(id).run(step, request) };
    } catch (error) {
      if (error instanceof UpstreamError) return { failure: error.failure, status: error.status };
      throw error;
    }
  }

  const accountOf = (
    connection: Connection,
    { accessToken, extra }: Pick<TokenSet, 'accessToken' | 'extra'>,
  ) =>
    call(connection, 'profile', () =>
      connection.upstream.accountOf({ accessToken, extra, origins: tokenOrigins(connection.registration) }),
    );

  async function renewed({ connection, account, tokens }: Asked, dead: Reason): Promise<Proven | Reason> {
    const { upstream, registration, connector } = connection;
    const { accessToken, refreshToken } = tokens;
    if (!refreshToken || !keepsTheOld(connector.refresh)) return dead;
    const stored = { accessToken, refreshToken, origins: tokenOrigins(registration) };
    const refreshed = await call(connection, 'refresh', () => upstream.refresh(stored));
    if (!('value' in refreshed)) return reasonOf(refreshed, dead);
    const told = await accountOf(connection, refreshed.value);
    if (!('value' in told)) return reasonOf(told, 'unknown_subject');
    return proven(connection, account, told.value, merged(connection, tokens, refreshed.value));
  }

  return async (asked) => {
    const { connection, account, tokens } = asked;
    if (connection.connector.family === 'tokenless') return 'unknown_subject';
    if (tokens.accessEndsAt && tokens.accessEndsAt <= clock.now()) return await renewed(asked, 'token_dead');
    const { accessToken } = tokens;
    const told = await accountOf(connection, { accessToken, extra: { ...tried(asked), ...tokens.extra } });
    if ('value' in told) return proven(connection, account, told.value, tokens);
    if (isDown(told)) return 'provider_unavailable';
    return await renewed(asked, isRefused(told) ? 'token_dead' : 'unknown_subject');
  };
}

/**
 * Returns whether the exported refresh token still works after a refresh. A kill between the answer and the import loses
 * nothing then, and a second run may ask again. Others are never used before they are in the vault.
 */
function keepsTheOld({ how, rotation }: RefreshTraits): boolean {
  return how === 'refresh_token' && (rotation === 'static' || rotation === 'overlapping');
}

/** Returns the exported id as the subject that the token answer named, where the profile then confirms it. */
function tried({ account: { subject }, connection: { connector } }: Asked) {
  const { profileIds } = connector;
  return typeof profileIds === 'object' && profileIds.tried ? { [profileIds.subject]: subject } : {};
}

/** A token that was stored with the account of another person proves nothing about this one. */
function proven(
  { connector }: Connection,
  { subject: exported }: ExportedAccount,
  told: UpstreamAccount | undefined,
  tokens: ExportedTokens,
): Proven | Reason {
  if (!told) return 'unknown_subject';
  const { subject, alternates } = told;
  const ids = [subject, ...Object.values(alternates)];
  const isPart = !connector.profileIds && [':', '-'].some((mark) => subject.endsWith(`${mark}${exported}`));
  if (!ids.includes(exported) && !isPart) return 'token_of_other_account';
  return { ids: { subject, alternates }, tokens };
}

/** Returns the refreshed set as an exported one. */
function merged({ connector }: Connection, former: ExportedTokens, set: TokenSet): ExportedTokens {
  const { askedAt, statedLifetime, refreshExpiresIn, statesRefreshEnd } = set;
  const { absoluteCap } = connector.refresh;
  const capped = absoluteCap !== undefined && former.issuedBy && after(former.issuedBy, seconds(absoluteCap));
  const stated = statesRefreshEnd && askedAt && refreshExpiresIn !== undefined;
  return {
    accessToken: set.accessToken,
    refreshToken: set.refreshToken ?? former.refreshToken,
    idToken: undefined,
    scopes: set.scopes ?? former.scopes,
    scopesAre: set.scopes ? 'granted' : former.scopesAre,
    extra: { ...former.extra, ...set.extra },
    accessEndsAt:
      askedAt && statedLifetime !== undefined ? after(askedAt, seconds(statedLifetime)) : undefined,
    refreshEndsAt: stated
      ? after(askedAt, seconds(refreshExpiresIn))
      : (former.refreshEndsAt ?? (capped || undefined)),
    lifetime: set.expiresIn,
    issuedBy: askedAt,
  };
}

type Failed = Exclude<Called<never>, { readonly value: never }>;

function isDown({ failure: { kind } }: Failed): boolean {
  return kind === 'unavailable' || kind === 'rate-limited';
}

function isRefused({ failure: { kind }, status }: Failed): boolean {
  return kind === 'grant-dead' || status === 401;
}

function reasonOf(failed: Failed, otherwise: Reason): Reason {
  if (isDown(failed)) return 'provider_unavailable';
  return isRefused(failed) ? 'token_dead' : otherwise;
}
