import type { Traits } from './contract.ts';
import { failureOptions, failureTraits } from './failure-options.ts';
import type { Options, OptionTrait } from './options.ts';

// The traits of a provider without a file of its own, as options of its connection. Both generic connectors, for OAuth
// 2.0 and for OpenID Connect, have these options.

const rotations = ['static', 'overlapping', 'single-use', 'reuse-kills-family'] as const;

export const genericOptions = {
  client_authentication: {
    about: 'The way in which the client secret is sent to the token endpoint.',
    values: ['client_secret_post', 'client_secret_basic', 'none'],
    // The default of OpenID Connect Core section 9.
    default: 'client_secret_basic',
  },
  pkce: {
    about: 'The use of PKCE: with unsupported, no challenge is sent.',
    values: ['supported', 'unsupported'],
    default: 'supported',
  },
  callback_issuer: {
    about:
      'The issuer in callbacks (RFC 9207). With required, a callback without it is refused. The default comes from the issuer’s metadata, if the broker reads it.',
    values: ['optional', 'required'],
    default: 'optional',
  },
  rotation: {
    about:
      'The effect of a refresh on the old refresh token. If it is unknown, use reuse-kills-family, the strictest class.',
    values: rotations,
    default: 'reuse-kills-family',
  },
  access_lifetime: {
    about:
      'The lifetime of an access token in seconds, used if neither an answer nor a token has stated one.',
    pattern: /^[1-9]\d{0,8}$/,
  },
  keep_alive: {
    about:
      'The number of seconds after which an unused grant is refreshed, for providers that end unused grants. The value must be less than their limit.',
    pattern: /^[1-9]\d{3,7}$/,
  },
  refresh_lifetime: {
    about: 'The lifetime of a refresh token in seconds, used if no answer has stated one.',
    pattern: /^[1-9]\d{0,8}$/,
  },
  absolute_cap: {
    about: 'The number of seconds from consent to the end of the grant, where no refresh extends it.',
    pattern: /^[1-9]\d{0,8}$/,
  },
  refresh_ahead: {
    about:
      'The number of seconds before its end at which a token is refreshed, even if the caller accepts a shorter rest.',
    pattern: /^[1-9]\d{0,8}$/,
  },
  refreshes_per_minute: {
    about:
      'The number of refreshes in a minute that the provider allows to your client. Without it, the broker learns the limit from refusals.',
    pattern: /^[1-9]\d{0,6}$/,
  },
  ...failureOptions,
} satisfies Record<string, OptionTrait>;

type Own = { readonly [name in keyof typeof genericOptions]?: string };

/** Returns the traits that follow from a connection's generic options. */
export function genericTraits(
  given: Options,
): Pick<Traits, 'pkce' | 'clientAuthentication' | 'refresh' | 'classify' | 'expiredToken' | 'statesIssuer'> {
  const own: Own = given;
  const authentication = own.client_authentication;
  return {
    ...(own.callback_issuer === 'required' && { statesIssuer: true }),
    pkce: own.pkce === 'unsupported' ? 'unsupported' : 'supported',
    clientAuthentication:
      authentication === 'none' || authentication === 'client_secret_post'
        ? authentication
        : 'client_secret_basic',
    refresh: {
      how: 'refresh_token',
      rotation: rotations.find((rotation) => rotation === own.rotation) ?? 'reuse-kills-family',
      ...(own.access_lifetime !== undefined && { accessLifetime: Number(own.access_lifetime) }),
      ...(own.keep_alive !== undefined && { keepAlive: Number(own.keep_alive) }),
      ...(own.refresh_lifetime !== undefined && { refreshLifetime: Number(own.refresh_lifetime) }),
      ...(own.absolute_cap !== undefined && { absoluteCap: Number(own.absolute_cap) }),
      ...(own.refresh_ahead !== undefined && { ahead: Number(own.refresh_ahead) }),
      ...(own.refreshes_per_minute !== undefined && { perMinute: Number(own.refreshes_per_minute) }),
    },
    ...failureTraits(given),
  };
}
