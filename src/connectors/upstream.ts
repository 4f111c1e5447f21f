import * as oidc from 'openid-client';
import type { Clock } from '../kit/clock.ts';
import type { Json } from '../kit/exact-json.ts';
import type { Outbound } from '../kit/outbound.ts';
import type { Secret } from '../kit/secret.ts';
import type { AuthorizeAsk, Connector, Registration, TokenSet, UpstreamAccount } from './contract.ts';
import { UpstreamError } from './failures.ts';
import { type CodeExchange, createTokenClient } from './token-client.ts';
import { createWire, type Wire } from './wire.ts';

/** One registration at one provider, ready to be talked to. Knows no database and no web framework. */
export interface Upstream {
  readonly connector: Connector;
  readonly registration: Registration;
  /** Parameters of the authorize request beside those of the flow (state, PKCE, nonce). */
  authorizeParameters(ask: AuthorizeAsk): Readonly<Record<string, string>>;
  conformAuthorize(url: URL): URL;
  /** Code to tokens to account. @throws UpstreamError */
  arrive(exchange: CodeExchange): Promise<{ readonly tokens: TokenSet; readonly account: UpstreamAccount }>;
  /** A newer token set from what the vault holds. @throws UpstreamError */
  renew(held: { readonly accessToken: Secret; readonly refreshToken: Secret | undefined }): Promise<TokenSet>;
  /** Ends the grant at the provider. @throws UpstreamError */
  revoke(held: HeldGrant): Promise<'revoked' | 'unsupported'>;
}

export interface HeldGrant {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  readonly subject: string;
}

export interface UpstreamDeps {
  readonly connector: Connector;
  readonly registration: Registration;
  readonly outbound: Outbound;
  readonly clock: Clock;
}

export function createUpstream(deps: UpstreamDeps): Upstream {
  const { connector, registration, outbound, clock } = deps;
  const client = createTokenClient(deps);
  const wire = createWire(outbound, clock, connector.classify);

  return {
    connector,
    registration,
    authorizeParameters: (ask) => ({
      scope: registration.scopes.join(connector.scopes.separator),
      ...connector.authorizeParameters?.(ask),
    }),
    conformAuthorize: (url) => connector.conformAuthorize?.(url) ?? url,

    async arrive(exchange) {
      const { tokens: first, claims } = await client.exchangeCode(exchange);
      const sources = { tokens: first, claims, wire };
      const account = checked(await accountOf(connector, registration, sources).catch(asProfileError));
      const tokens = connector.refresh.exchange?.atOnce
        ? await longer(client.exchangeLiveToken, first)
        : first;
      return { tokens, account };
    },

    async renew({ accessToken, refreshToken }) {
      if (connector.refresh.how === 'exchange-live-token') return await client.exchangeLiveToken(accessToken);
      if (!refreshToken)
        throw new UpstreamError('refresh', { kind: 'grant-dead', reason: 'not_refreshable' });
      return await client.refresh(refreshToken);
    },

    async revoke({ accessToken, refreshToken, subject }) {
      if (connector.revoke) {
        await connector.revoke({ accessToken, refreshToken, account: { subject }, registration, wire });
        return 'revoked';
      }
      if (!registration.endpoints.revocation) return 'unsupported';
      if (refreshToken) await client.revoke(refreshToken, 'refresh_token');
      else await client.revoke(accessToken, 'access_token');
      return 'revoked';
    },
  };
}

const longestSubject = 255;

function checked(account: UpstreamAccount): UpstreamAccount {
  const { subject } = account;
  // PostgreSQL cannot hold NUL, and OpenID Connect Core section 2 ends a subject at 255 characters.
  const usable = subject !== '' && subject.length <= longestSubject && !/\p{Cc}/u.test(subject);
  if (!usable) throw new UpstreamError('profile', { kind: 'unknown' }, { code: 'no_subject' });
  return account;
}

/** A profile that is not of the declared shape is the provider's nonsense, not our fault. */
function asProfileError(cause: unknown): never {
  if (cause instanceof UpstreamError) throw cause;
  throw new UpstreamError('profile', { kind: 'unknown' }, { code: 'bad_profile', cause });
}

/** A failed trade leaves the short-lived token, which is still good for now. */
async function longer(exchange: (token: Secret) => Promise<TokenSet>, first: TokenSet): Promise<TokenSet> {
  try {
    const traded = await exchange(first.accessToken);
    return { ...traded, scopes: traded.scopes ?? first.scopes };
  } catch (error) {
    if (error instanceof UpstreamError) return first;
    throw error;
  }
}

interface AccountSources {
  readonly tokens: TokenSet;
  readonly claims: Readonly<Record<string, Json>>;
  readonly wire: Wire;
}

async function accountOf(
  connector: Connector,
  registration: Registration,
  sources: AccountSources,
): Promise<UpstreamAccount> {
  const { tokens, claims, wire } = sources;
  if (connector.family === 'oauth2') return await connector.account({ tokens, registration, wire });
  const { userinfo } = registration.endpoints;
  if (!userinfo) return connector.account(claims);
  const more = await wire.json('profile', new URL(userinfo), {
    headers: { authorization: `Bearer ${tokens.accessToken.reveal()}`, accept: 'application/json' },
  });
  // OpenID Connect Core 5.3.2: an answer about somebody else must not be used.
  if (more.sub !== claims.sub)
    throw new UpstreamError('profile', { kind: 'unknown' }, { code: 'sub_mismatch' });
  return connector.account({ ...more, ...claims });
}

/** For flows that need one: RFC 7636 and OpenID Connect Core values of full strength. */
export const flowValues = {
  verifier: oidc.randomPKCECodeVerifier,
  nonce: oidc.randomNonce,
  challenge: oidc.calculatePKCECodeChallenge,
};
