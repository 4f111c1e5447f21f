import { createHmac } from 'node:crypto';
import * as oidc from 'openid-client';
import type { Locale } from '../http/locale.ts';
import { newHandle } from '../kit/ids.ts';
import type { AccountDeps } from './ports.ts';
import { createSelfFetch } from './self-fetch.ts';
import { longestSession } from './session.ts';

/** This page's side of OpenID Connect, as any app would write it. */
export interface AccountClient {
  authorizeUrl(ask: {
    fresh: boolean;
    locale: Locale;
  }): Promise<{ readonly state: string; readonly url: string }>;
  /** @throws openid-client's errors. `maxAge`: seconds since the sign-in at most. */
  finish(callback: URL, sent: { state: string; maxAge: number }): Promise<{ userId: string; authTime: Date }>;
  /** Where signing out goes on. */
  readonly endSessionUrl: string;
}

export function createAccountClient({ issuer, client, keyring, selfUrl }: AccountDeps): AccountClient {
  const redirectUri = `${issuer}/account/callback`;
  const configuration = configure(issuer, client, createSelfFetch(issuer, selfUrl));
  const [key] = keyring.derive('account-sign-in');
  if (!key) throw new Error('the account page needs a key');
  // Derived from the state, so that neither verifier nor nonce is ever stored.
  const derived = (state: string, use: string) =>
    createHmac('sha256', key).update(`${use}:${state}`).digest('base64url');

  return {
    async authorizeUrl({ fresh, locale }) {
      const state = newHandle();
      const url = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: 'openid',
        state,
        nonce: derived(state, 'nonce'),
        code_challenge: await oidc.calculatePKCECodeChallenge(derived(state, 'verifier')),
        code_challenge_method: 'S256',
        max_age: String(fresh ? 0 : longestSession / 1000),
        ui_locales: locale,
        ...(fresh && { prompt: 'login' }),
      });
      return { state, url: url.href };
    },
    async finish(callback, { state, maxAge }) {
      const tokens = await oidc.authorizationCodeGrant(configuration, callback, {
        expectedState: state,
        expectedNonce: derived(state, 'nonce'),
        pkceCodeVerifier: derived(state, 'verifier'),
        maxAge,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims?.auth_time === undefined) throw new Error('an ID token without auth_time');
      return { userId: claims.sub, authTime: new Date(claims.auth_time * 1000) };
    },
    endSessionUrl: oidc.buildEndSessionUrl(configuration, { post_logout_redirect_uri: `${issuer}/account` })
      .href,
  };
}

function configure(
  issuer: string,
  client: AccountDeps['client'],
  fetch: oidc.CustomFetch,
): oidc.Configuration {
  // Written down rather than discovered: these are our own, and the public address may not be reachable from here.
  const server: oidc.ServerMetadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    end_session_endpoint: `${issuer}/oidc/logout`,
    authorization_response_iss_parameter_supported: true,
    id_token_signing_alg_values_supported: ['RS256'],
  };
  const secret = oidc.ClientSecretBasic(client.secret.reveal());
  const configuration = new oidc.Configuration(server, client.id, {}, secret);
  configuration[oidc.customFetch] = fetch;
  oidc.enableNonRepudiationChecks(configuration);
  if (issuer.startsWith('http:')) oidc.allowInsecureRequests(configuration);
  return configuration;
}
