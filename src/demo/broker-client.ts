import * as openid from 'openid-client';
import type { Clock } from '../kit/clock.ts';
import { directFetch } from '../kit/direct-fetch.ts';
import { createTokenReader, type ReadToken } from './access-token.ts';
import type { DemoOptions } from './options.ts';
import { SessionEnded } from './trouble.ts';
import type { PendingSignIn, SignedIn } from './visitor.ts';

/** The broker as an OpenID provider, through openid-client, as any app would use it. */
export interface BrokerClient {
  begin(wish: SignInWish): Promise<{ url: URL; state: string; pending: PendingSignIn }>;
  finish(query: URLSearchParams, pending: PendingSignIn): Promise<SignedIn>;
  refresh(signedIn: SignedIn): Promise<SignedIn>;
  userinfo(signedIn: SignedIn): Promise<Readonly<Record<string, unknown>>>;
  readAccessToken(token: string): Promise<ReadToken>;
  signOutUrl(idToken: string): Promise<URL>;
}

/** The accounts that the demo asks for. */
export interface SignInWish {
  /** The aliases of their connections. Absent: the one account that the person signs in with, by the scope `idp`. */
  readonly aliases?: readonly string[] | undefined;
  /** The connection that the broker goes straight to; absent: the person chooses on the broker's page. */
  readonly straightTo?: string | undefined;
}

export type BrokerClientOptions = Pick<DemoOptions, 'issuer' | 'clientId' | 'clientSecret' | 'publicUrl'> & {
  readonly clock: Clock;
};

export function createBrokerClient(options: BrokerClientOptions): BrokerClient {
  const { publicUrl, clock } = options;
  const configured = discoverOnce(options);
  const read = createTokenReader(options, async () => (await configured()).serverMetadata().jwks_uri);
  const callback = `${publicUrl}/callback`;

  return {
    async begin({ aliases, straightTo }) {
      const [state, nonce, verifier] = [
        openid.randomState(),
        openid.randomNonce(),
        openid.randomPKCECodeVerifier(),
      ];
      const accounts = aliases?.map((alias) => `idp:${alias}`) ?? ['idp'];
      const url = openid.buildAuthorizationUrl(await configured(), {
        redirect_uri: callback,
        scope: ['openid profile email offline_access', ...accounts].join(' '),
        state,
        nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(straightTo !== undefined && { connection: straightTo }),
      });
      return { url, state, pending: { verifier, nonce } };
    },

    async finish(query, { verifier, nonce }) {
      const answer = new URL(callback);
      answer.search = query.toString();
      const tokens = await openid.authorizationCodeGrant(await configured(), answer, {
        pkceCodeVerifier: verifier,
        expectedState: query.get('state') ?? '',
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      return signedInWith(tokens, undefined, clock);
    },

    async refresh(signedIn) {
      if (signedIn.refreshToken === undefined) throw new SessionEnded('there is no refresh token');
      const tokens = await openid.refreshTokenGrant(await configured(), signedIn.refreshToken);
      return signedInWith(tokens, signedIn, clock);
    },

    userinfo: async ({ accessToken, subject }) =>
      await openid.fetchUserInfo(await configured(), accessToken, subject),

    readAccessToken: read,

    signOutUrl: async (idToken) =>
      openid.buildEndSessionUrl(await configured(), {
        id_token_hint: idToken,
        post_logout_redirect_uri: `${publicUrl}/`,
      }),
  };
}

/**
 * Discovery runs at the first request, since the broker may start at the same time. Its result is cached once
 * it succeeds.
 */
function discoverOnce({
  issuer,
  clientId,
  clientSecret,
}: BrokerClientOptions): () => Promise<openid.Configuration> {
  let found: Promise<openid.Configuration> | undefined;
  const execute = issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [];
  return () => {
    found ??= openid
      .discovery(new URL(issuer), clientId, clientSecret, undefined, {
        execute,
        [openid.customFetch]: toBroker,
      })
      .catch((cause: unknown) => {
        found = undefined;
        throw cause;
      });
    return found;
  };
}

const toBroker: openid.CustomFetch = (url, { method, headers, body, signal }) =>
  directFetch(url, {
    method,
    headers,
    redirect: 'manual',
    ...(body != null && { body: body instanceof URLSearchParams ? body : String(body) }),
    ...(signal && { signal }),
  });

type Tokens = openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers;

function signedInWith(tokens: Tokens, before: SignedIn | undefined, clock: Clock): SignedIn {
  return {
    subject: tokens.claims()?.sub ?? before?.subject ?? '',
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? before?.refreshToken,
    scope: tokens.scope ?? before?.scope ?? '',
    idToken: tokens.id_token ?? before?.idToken ?? '',
    expiresAt: clock.now().getTime() + (tokens.expires_in ?? 0) * 1000,
  };
}
