import { createHmac } from 'node:crypto';
import * as oidc from 'openid-client';
import { newHandle } from '../kit/ids.ts';
import type { Locale } from '../kit/locale.ts';
import { type OwnPages, ownClientId } from './own-client.ts';
import type { AccountDeps } from './ports.ts';
import { createSelfFetch } from './self-fetch.ts';
import { longestSession } from './session.ts';

/** The account page as a client of the broker by OpenID Connect. */
export interface AccountClient {
  /** `fresh`: the person must authenticate now, even during a session. */
  authorizeUrl(ask: {
    fresh: boolean;
    locale: Locale;
    /** Goes to this connection without a chooser. */
    connection?: string | undefined;
    /** The greatest age of a session of the broker, in seconds. Default: that of the account page. */
    maxAge?: number;
  }): Promise<{ readonly state: string; readonly url: string }>;
  /**
   * Exchanges the code. `maxAge`: the greatest age of the sign-in, in seconds. `authTime`: when the person signed in, by the
   * clock of the process that issued the ID token. @throws the errors of openid-client
   */
  finish(callback: URL, sent: { state: string; maxAge: number }): Promise<SignedIn>;
  /** The broker's end-session endpoint, to which a sign-out redirects. */
  readonly endSessionUrl: string;
}

export interface SignedIn {
  readonly userId: string;
  readonly authTime: Date;
  /** The alias of the connection at which the session began; undefined: it is gone. */
  readonly connection: string | undefined;
}

/** `home`: the path of the pages, `/account` or `/console`. */
export function createAccountClient(
  { issuer, keyring, selfUrl }: Pick<AccountDeps, 'issuer' | 'keyring' | 'selfUrl'>,
  home: OwnPages = '/account',
): AccountClient {
  const redirectUri = `${issuer}${home}/callback`;
  const configuration = configure(issuer, createSelfFetch(issuer, selfUrl));
  const keys = keyring.derive('account-sign-in');
  const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest('base64url');
  // The state ends in a mark of its key, because the process that finishes may have another first key.
  const keyMark = (key: Buffer, handle: string) => hmac(key, `mark:${handle}`).slice(0, 12);
  const newState = () => {
    const [key] = keys;
    if (!key) throw new Error('the account page needs a key');
    const handle = newHandle();
    return `${handle}.${keyMark(key, handle)}`;
  };
  // Verifier and nonce are derived from the state, so neither is stored.
  const derived = (state: string, use: 'nonce' | 'verifier') => {
    const [handle = '', mark] = state.split('.');
    const key = keys.find((one) => keyMark(one, handle) === mark);
    if (!key) throw new Error('a state of a key that is not known here');
    return hmac(key, `${use}:${state}`);
  };

  return {
    async authorizeUrl({ fresh, locale, connection, maxAge = longestSession / 1000 }) {
      const state = newState();
      const url = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: 'openid',
        state,
        nonce: derived(state, 'nonce'),
        code_challenge: await oidc.calculatePKCECodeChallenge(derived(state, 'verifier')),
        code_challenge_method: 'S256',
        max_age: String(fresh ? 0 : maxAge),
        ui_locales: locale,
        ...(fresh && { prompt: 'login' }),
        ...(connection !== undefined && { connection }),
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
      const connection = typeof claims.idp === 'string' ? claims.idp : undefined;
      return { userId: claims.sub, authTime: new Date(claims.auth_time * 1000), connection };
    },
    endSessionUrl: oidc.buildEndSessionUrl(configuration, { post_logout_redirect_uri: `${issuer}${home}` })
      .href,
  };
}

function configure(issuer: string, fetch: oidc.CustomFetch): oidc.Configuration {
  // No discovery: these are the broker's own endpoints, and this process may not reach the public address.
  const server: oidc.ServerMetadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    end_session_endpoint: `${issuer}/oidc/logout`,
    authorization_response_iss_parameter_supported: true,
    id_token_signing_alg_values_supported: ['RS256'],
  };
  const configuration = new oidc.Configuration(server, ownClientId, {}, oidc.None());
  configuration[oidc.customFetch] = fetch;
  oidc.enableNonRepudiationChecks(configuration);
  if (issuer.startsWith('http:')) oidc.allowInsecureRequests(configuration);
  return configuration;
}
