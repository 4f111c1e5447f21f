import type { Clock } from '../../kit/clock.ts';
import type { Secret } from '../../kit/secret.ts';
import type { ProviderHttp } from '../contract/calls.ts';
import type { Connector } from '../contract/contract.ts';
import { UpstreamError } from '../contract/failures.ts';
import type { Registration } from '../contract/registration.ts';
import type { TokenClient } from './token-client.ts';

/** The tokens of a grant, as the vault stores them. */
export interface StoredTokens {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  /** The parameters that came with the tokens. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** The origins that they may be sent to (`destinations.ts`). Absent: not known. */
  readonly origins?: readonly string[] | undefined;
}

export interface StoredGrant extends StoredTokens {
  readonly subject: string;
  /** Undefined: no stated end. */
  readonly accessExpiresAt?: Date | undefined;
}

export interface RevokeDeps {
  readonly connector: Connector;
  readonly registration: Registration;
  readonly http: ProviderHttp;
  readonly client: TokenClient;
  readonly clock: Clock;
}

/** Ends a grant at its provider, by the connector's `revoke` or by RFC 7009. @throws UpstreamError */
export async function revokeGrant(deps: RevokeDeps, stored: StoredGrant): Promise<'revoked' | 'unsupported'> {
  const { connector, registration } = deps;
  if (!connector.revoke && !registration.endpoints.revocation) return 'unsupported';
  await (connector.revokesBy === 'live-token'
    ? revokeByLiveToken(deps, stored)
    : ignoringEnded(revokeToken(deps, stored)));
  return 'revoked';
}

/** Revokes by the access token. If it is refused, either the grant has ended or the token alone has expired. */
async function revokeByLiveToken(deps: RevokeDeps, stored: StoredGrant): Promise<void> {
  const { client, clock } = deps;
  const { refreshToken, parameters } = stored;
  try {
    await revokeToken(deps, stored);
  } catch (error) {
    if (!isDead(error)) throw error;
    if (refreshToken) {
      // A refresh shows which of the two is the case.
      const refreshed = client.refresh(refreshToken, parameters);
      await ignoringEnded(refreshed.then(({ accessToken }) => revokeToken(deps, { ...stored, accessToken })));
    } else if (hasExpired(error, stored, clock)) throw expiredError(error);
  }
}

function hasExpired({ failure }: DeadError, { accessExpiresAt }: StoredGrant, clock: Clock): boolean {
  return failure.reason === 'expired' || (accessExpiresAt !== undefined && accessExpiresAt <= clock.now());
}

function expiredError(cause: UpstreamError): UpstreamError {
  return new UpstreamError('revoke', { kind: 'grant-dead', reason: 'expired' }, { cause });
}

/**
 * Revokes by the connector, or by RFC 7009: the refresh token if there is one, since that ends the grant (section 2.1).
 */
async function revokeToken(
  { connector, registration, http, client }: RevokeDeps,
  stored: StoredGrant,
): Promise<void> {
  const { accessToken, refreshToken, parameters = {}, subject } = stored;
  if (connector.revoke)
    await connector.revoke({
      accessToken,
      refreshToken,
      parameters,
      account: { subject },
      registration,
      http,
    });
  else if (refreshToken) await client.revoke(refreshToken, 'refresh_token');
  else await client.revoke(accessToken, 'access_token');
}

/** Ignores that the grant has already ended. An expired token is an error, since its grant may still be valid. */
async function ignoringEnded(revocation: Promise<void>): Promise<void> {
  try {
    await revocation;
  } catch (error) {
    if (!isDead(error) || error.failure.reason === 'expired') throw error;
  }
}

type DeadError = UpstreamError & { readonly failure: { readonly kind: 'grant-dead' } };

function isDead(error: unknown): error is DeadError {
  return error instanceof UpstreamError && error.failure.kind === 'grant-dead';
}
