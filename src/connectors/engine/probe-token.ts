import type { Clock } from '../../kit/clock.ts';
import type { Secret } from '../../kit/secret.ts';
import type { ProviderHttp, ProviderKeys } from '../contract/calls.ts';
import type { Connector } from '../contract/contract.ts';
import { UpstreamError } from '../contract/failures.ts';
import type { Registration } from '../contract/registration.ts';
import type { TokenSet, UpstreamAccount } from '../contract/upstream-sign-in.ts';
import { fetchScopesOfToken, fetchTokenAccount, tokenSetOfAccessToken } from './fetch-account.ts';
import { grantedScopes } from './granted-scopes.ts';

export interface ProbeDeps {
  readonly connector: Connector;
  readonly registration: Registration;
  readonly http: ProviderHttp;
  readonly clock: Clock;
  readonly keys: ProviderKeys;
}

/**
 * Requests the account of a token. Returns undefined if the provider has no such call. @throws UpstreamError, of kind
 * grant-dead if the token is refused
 */
export async function accountOfToken(
  deps: ProbeDeps,
  accessToken: Secret,
  extra: TokenSet['extra'] = {},
): Promise<UpstreamAccount | undefined> {
  try {
    return await ask(deps, accessToken, extra);
  } catch (error) {
    const refused =
      error instanceof UpstreamError && error.failure.kind === 'unknown' && error.status === 401;
    if (!refused) throw error;
    throw new UpstreamError(
      'profile',
      { kind: 'grant-dead', reason: 'rejected' },
      { status: 401, cause: error },
    );
  }
}

/**
 * Requests the scopes of a token whose answer the broker has not seen. Returns undefined if the provider has no such call.
 * @throws UpstreamError
 */
export async function scopesOfToken(
  { connector, registration, http, keys, clock }: ProbeDeps,
  accessToken: Secret,
): Promise<readonly string[] | undefined> {
  if (connector.family !== 'oauth2') return undefined;
  const tokens = tokenSetOfAccessToken(accessToken, connector, registration);
  const call = { tokens, callback: {}, registration, http, keys, now: clock.now() };
  const stated = await fetchScopesOfToken(connector, call);
  return stated && grantedScopes([...stated], connector, registration.scopes);
}

async function ask(
  { connector, registration, http, keys, clock }: ProbeDeps,
  accessToken: Secret,
  extra: TokenSet['extra'],
): Promise<UpstreamAccount | undefined> {
  if (connector.family === 'tokenless') return undefined;
  if (connector.family === 'oidc' && !registration.endpoints.userinfo) return undefined;
  if (connector.family === 'oauth2' && connector.accountIsInAnswer?.(registration)) return undefined;
  const tokens = { ...tokenSetOfAccessToken(accessToken, connector, registration), extra };
  const call = { tokens, callback: {}, registration, http, keys, now: clock.now() };
  return await fetchTokenAccount(connector, call);
}
