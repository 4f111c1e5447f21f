import { namedPathsOption, parametersInAnswer } from '../contract/answer-path.ts';
import type { AuthorizeOptions } from '../contract/calls.ts';
import type { Traits } from '../contract/contract.ts';
import { oidc } from '../contract/declare.ts';
import { genericOptions, genericTraits } from '../contract/generic-provider.ts';
import { publishedKeyAlgorithms } from '../contract/id-token-algorithms.ts';
import type { Options, OptionTrait } from '../contract/options.ts';
import { revocationOptions, revocationTraits } from '../contract/revocation-options.ts';
import { tokenRequestOptions, tokenRequestTraits } from '../contract/token-request-options.ts';
import { backChannelLogout } from './signals/back-channel-logout.ts';

// A host that never resolves (RFC 6761 section 6.4). A connection replaces it with its provider's addresses.
const nowhere = 'https://openid-connect.invalid';

const options = {
  client_authentication: genericOptions.client_authentication,
  id_token_algorithm: {
    about:
      'The only algorithm accepted for ID tokens. Without it, a signature by any published key is accepted. HS algorithms, whose key is the client secret, must be named here.',
    values: [...publishedKeyAlgorithms, 'HS256', 'HS384', 'HS512'],
  },
  pkce: genericOptions.pkce,
  callback_issuer: genericOptions.callback_issuer,
  max_age: {
    about:
      'The provider’s support for max_age and auth_time, which OpenID Connect Core 15.1 requires. With unsupported, max_age is not sent.',
    values: ['supported', 'unsupported'],
    default: 'supported',
  },
  rotation: genericOptions.rotation,
  access_lifetime: genericOptions.access_lifetime,
  keep_alive: genericOptions.keep_alive,
  refresh_lifetime: genericOptions.refresh_lifetime,
  absolute_cap: genericOptions.absolute_cap,
  refresh_ahead: genericOptions.refresh_ahead,
  refreshes_per_minute: genericOptions.refreshes_per_minute,
  ...tokenRequestOptions,
  ...revocationOptions,
  parameters: {
    ...namedPathsOption,
    default: 'token:api_domain,token:instance_url,callback:realmId',
  },
  dead_when: genericOptions.dead_when,
  retry_when: genericOptions.retry_when,
  expired_when: genericOptions.expired_when,
} satisfies Record<string, OptionTrait>;

type Own = { readonly [name in keyof typeof options]?: string };

/** Any provider that follows OpenID Connect and has no file of its own. */
export const openidConnect = oidc({
  provider: 'openid-connect',
  title: { en: 'OpenID Connect', zh: 'OpenID Connect' },
  issuer: nowhere,
  endpoints: { authorization: `${nowhere}/authorize`, token: `${nowhere}/token`, api: nowhere },
  perConnection: ['issuer', 'authorization', 'token', 'jwks', 'api'],
  discovers: true,
  options,
  signals: backChannelLogout,
  forOptions,
  scopes: { default: ['openid', 'profile', 'email', 'offline_access'], separator: ' ' },
  email: 'vouched',
  clientAuthentication: 'client_secret_basic',
  pkce: 'supported',
  // The rotation of an unknown provider is unknown, so the strictest class applies.
  refresh: { how: 'refresh_token', rotation: 'reuse-kills-family' },
  transport: { in: 'header', name: 'Authorization' },
  parameters: parametersInAnswer,
});

function forOptions(given: Options): Partial<Omit<Traits, 'endpoints'>> {
  const own: Own = given;
  return {
    ...genericTraits(given),
    ...tokenRequestTraits(given, ' '),
    ...revocationTraits(given),
    ...(own.max_age !== 'unsupported' && { takesMaxAge: true }),
    ...(own.id_token_algorithm !== undefined && { idTokenAlgorithms: [own.id_token_algorithm] }),
    authorizeParameters: requestParameters,
  };
}

function requestParameters({
  loginHint,
  forceLogin,
  forceConsent,
}: AuthorizeOptions): Readonly<Record<string, string>> {
  const prompt = [forceLogin && 'login', forceConsent && 'consent'].filter(Boolean).join(' ');
  return { ...(prompt && { prompt }), ...(loginHint !== undefined && { login_hint: loginHint }) };
}
