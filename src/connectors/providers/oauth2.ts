import { z } from 'zod';
import type { JsonObject } from '../../kit/exact-json.ts';
import {
  claimsOf,
  namedPathsOption,
  ownPathsOption,
  parametersAt,
  parametersInAnswer,
  pathOption,
  pathsOption,
  type Said,
  textAt,
  textsAt,
  valueAt,
} from '../contract/answer-path.ts';
import type { AccountCall } from '../contract/calls.ts';
import type { OAuth2Connector, Traits } from '../contract/contract.ts';
import { oauth2 as declare } from '../contract/declare.ts';
import { UpstreamError } from '../contract/failures.ts';
import { inHeaderOrForm } from '../contract/fetch-profile.ts';
import { genericOptions, genericTraits } from '../contract/generic-provider.ts';
import type { Options, OptionTrait } from '../contract/options.ts';
import { revocationOptions, revocationTraits } from '../contract/revocation-options.ts';
import { tokenRequestOptions, tokenRequestTraits } from '../contract/token-request-options.ts';
import { schemeOf } from '../contract/transport.ts';
import type { UpstreamAccount } from '../contract/upstream-sign-in.ts';

// A host that never resolves (RFC 6761 section 6.4). A connection replaces it with its provider's addresses.
const nowhere = 'https://oauth2.invalid';

const options = {
  subject_path: {
    ...ownPathsOption(
      'The path in the profile to the id of the person, which must never change. Several, separated by commas, are joined by a colon: a grant for each company of a person.',
    ),
    default: 'id',
  },
  name_path: {
    ...pathsOption(
      'The path in the profile to the displayed name. Several, separated by commas, are joined by a space.',
    ),
    default: 'name',
  },
  picture_path: pathOption('the URL of a picture'),
  email_path: pathOption('an e-mail address'),
  email_verified_path: pathOption('the flag that is `true` only if the e-mail address was verified'),
  profile_body: {
    about:
      'The JSON object that is posted to the profile address, such as a GraphQL query. Without it, the profile is fetched by GET.',
    pattern: /^\{[^\p{Cc}]{1,2000}\}$/u,
  },
  parameters: {
    ...namedPathsOption,
    default:
      'token:api_domain,token:instance_url,callback:realmId,callback:location,callback:accounts-server',
  },
  client_authentication: genericOptions.client_authentication,
  pkce: genericOptions.pkce,
  callback_issuer: genericOptions.callback_issuer,
  scope_separator: { about: 'The separator between scopes.', values: ['space', 'comma'], default: 'space' },
  granted_from: {
    about: 'The place that names the granted scopes, of which people may decline some.',
    values: ['token', 'callback'],
    default: 'token',
  },
  rotation: {
    ...genericOptions.rotation,
    values: [...genericOptions.rotation.values, 'no-refresh'],
  },
  access_lifetime: genericOptions.access_lifetime,
  keep_alive: genericOptions.keep_alive,
  refreshes_per_minute: genericOptions.refreshes_per_minute,
  refresh_lifetime: genericOptions.refresh_lifetime,
  absolute_cap: genericOptions.absolute_cap,
  refresh_ahead: genericOptions.refresh_ahead,
  ...tokenRequestOptions,
  ...revocationOptions,
  dead_when: genericOptions.dead_when,
  retry_when: genericOptions.retry_when,
  expired_when: genericOptions.expired_when,
  token_in: {
    about: 'The place of the token in requests to the API.',
    values: ['header', 'query'],
    default: 'header',
  },
  token_name: {
    about: 'The header or query parameter that carries the token.',
    pattern: /^[A-Za-z][\w-]{0,63}$/,
    default: 'Authorization',
  },
  api_headers: {
    about:
      'The additional headers of every call to the API, including the profile call: X-Version=2&User-Agent=Symbolon. A space is %20.',
    pattern:
      /^[A-Za-z][\w-]{0,63}=(?:[\w.~/;:-]|%(?!7[Ff])[2-7][0-9A-Fa-f])*(&[A-Za-z][\w-]{0,63}=(?:[\w.~/;:-]|%(?!7[Ff])[2-7][0-9A-Fa-f])*)*$/,
  },
  token_scheme: {
    about: 'The scheme before the token in the header. With `none`, the header has the token alone.',
    pattern: /^[A-Za-z][\w-]{0,31}$/,
  },
} satisfies Record<string, OptionTrait>;

type Own = { readonly [name in keyof typeof options]?: string };

/** Any OAuth 2.0 provider with a profile. The options of a connection describe it, without code. */
export const oauth2 = declare({
  provider: 'oauth2',
  title: { en: 'OAuth 2.0', zh: 'OAuth 2.0' },
  issuer: nowhere,
  endpoints: { authorization: `${nowhere}/authorize`, token: `${nowhere}/token`, api: nowhere },
  perConnection: ['issuer', 'authorization', 'token', 'api'],
  options,
  forOptions,
  scopes: { default: [], separator: ' ' },
  email: 'vouched',
  clientAuthentication: 'client_secret_basic',
  pkce: 'supported',
  refresh: { how: 'refresh_token', rotation: 'reuse-kills-family' },
  transport: { in: 'header', name: 'Authorization' },
  parameters: parametersInAnswer,
  account,
  // The token answer has been read, and cannot be asked for again.
  accountIsInAnswer: ({ endpoints }) => endpoints.userinfo === undefined,
});

function forOptions(
  given: Options,
): Partial<Omit<Traits, 'endpoints'>> & Pick<OAuth2Connector, 'grantedScopes'> {
  const own: Own = given;
  const headers = Object.fromEntries(new URLSearchParams(own.api_headers ?? ''));
  const described = genericTraits(given);
  const separator = own.scope_separator === 'comma' ? ',' : ' ';
  return {
    scopes: { default: [], separator },
    ...described,
    ...tokenRequestTraits(given, separator),
    ...revocationTraits(given),
    refresh: {
      ...described.refresh,
      ...(own.rotation === 'no-refresh' && { how: 'none' }),
    },
    transport: {
      in: own.token_in === 'query' ? 'query' : 'header',
      name: own.token_name ?? 'Authorization',
      ...(own.token_scheme !== undefined && {
        scheme: own.token_scheme === 'none' ? null : own.token_scheme,
      }),
      ...(own.api_headers !== undefined && { headers: () => headers }),
      ...(own.token_in === 'query' && { beside: [] }),
    },
    ...(own.granted_from === 'callback' && {
      grantedScopes: async ({ callback }: AccountCall) =>
        (callback.scope ?? '').split(/[\s,]+/).filter((scope) => scope !== ''),
    }),
  };
}

async function account(call: AccountCall): Promise<UpstreamAccount> {
  const { tokens, callback, registration } = call;
  const own: Own = registration.options;
  const profile = registration.endpoints.userinfo === undefined ? undefined : await fetchProfile(call);
  const said = { profile, token: tokens.extra, callback, jwt: claimsOf(tokens.accessToken.reveal()) };
  const email = textAt(said, own.email_path);
  const parameters = profile ? parametersAt(said, own.parameters, ['profile']) : {};
  const isVouched = own.email_verified_path !== undefined && valueAt(said, own.email_verified_path) === true;
  return {
    subject: subjectAt(said, own.subject_path ?? 'id'),
    alternates: {},
    name: textsAt(said, own.name_path),
    picture: textAt(said, own.picture_path),
    email,
    emailVerified: email !== undefined && isVouched,
    ...(Object.keys(parameters).length > 0 && { parameters }),
  };
}

async function fetchProfile({ tokens, registration, http }: AccountCall): Promise<JsonObject> {
  const own: Own = registration.options;
  const url = new URL(registration.endpoints.userinfo ?? registration.endpoints.api);
  const { transport = oauth2.transport } = forOptions(registration.options);
  const token = tokens.accessToken.reveal();
  if (transport.in === 'query') url.searchParams.set(transport.name, token);
  const scheme = schemeOf(transport);
  const carried = transport.in === 'header' && {
    [transport.name]: scheme === null ? token : `${scheme} ${token}`,
  };
  const headers = { accept: 'application/json', ...transport.headers?.(registration) };
  if (own.profile_body !== undefined) {
    const posted = { ...headers, ...carried, 'content-type': 'application/json' };
    return await http.json('profile', url, { method: 'POST', headers: posted, body: own.profile_body });
  }
  const ask = () => http.json('profile', url, { headers: { ...headers, ...carried } });
  return await (carried
    ? inHeaderOrForm(token, ask, (body) => http.json('profile', url, { headers, method: 'POST', body }))
    : ask());
}

/** A part of a subject: a text, or a whole number as its digits. Anything else fails the sign-in. */
const subjectIn = z.union([z.string().min(1), z.int().positive().transform(String)]);

/** Returns the parts of a subject, joined. A part with a colon would make two accounts look like one. */
function subjectAt(said: Said, listed: string): string {
  const parts = listed.split(',').map((where) => subjectIn.parse(valueAt(said, where)));
  if (parts.length > 1 && parts.some((part) => part.includes(':')))
    throw new UpstreamError('profile', { kind: 'unknown' }, { code: 'bad_profile' });
  return parts.join(':');
}
