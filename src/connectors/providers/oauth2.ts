import { z } from 'zod';
import { asObject, type Json, type JsonObject } from '../../kit/exact-json.ts';
import type { AccountCall } from '../contract/calls.ts';
import type { Traits } from '../contract/contract.ts';
import { oauth2 as declare } from '../contract/declare.ts';
import { inHeaderOrForm } from '../contract/fetch-profile.ts';
import { genericOptions, genericTraits } from '../contract/generic-provider.ts';
import type { Options, OptionTrait } from '../contract/options.ts';
import { schemeOf } from '../contract/transport.ts';

// A host that never resolves (RFC 6761 section 6.4). A connection replaces it with its provider's addresses.
const nowhere = 'https://oauth2.invalid';

const path = (what: string): OptionTrait => ({
  about: `The path in the profile to ${what}. Separate names by dots, and use numbers for items of a list.`,
  pattern: /^[\w-]{1,64}(\.[\w-]{1,64}){0,7}$/,
});

const options = {
  subject_path: { ...path('the id of the person, which must never change'), default: 'id' },
  name_path: { ...path('the displayed name'), default: 'name' },
  picture_path: path('the URL of a picture'),
  email_path: path('an e-mail address'),
  email_verified_path: path('the flag that is `true` only if the e-mail address was verified'),
  client_authentication: genericOptions.client_authentication,
  pkce: genericOptions.pkce,
  callback_issuer: genericOptions.callback_issuer,
  scope_separator: { about: 'The separator between scopes.', values: ['space', 'comma'], default: 'space' },
  rotation: {
    ...genericOptions.rotation,
    values: [...genericOptions.rotation.values, 'no-refresh'],
  },
  access_lifetime: genericOptions.access_lifetime,
  keep_alive: genericOptions.keep_alive,
  refreshes_per_minute: genericOptions.refreshes_per_minute,
  dead_when: genericOptions.dead_when,
  retry_when: genericOptions.retry_when,
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
  token_scheme: { about: 'The scheme before the token in the header.', pattern: /^[A-Za-z][\w-]{0,31}$/ },
} satisfies Record<string, OptionTrait>;

type Own = { readonly [name in keyof typeof options]?: string };

/** Any OAuth 2.0 provider with a profile. The options of a connection describe it, without code. */
export const oauth2 = declare({
  provider: 'oauth2',
  title: { en: 'OAuth 2.0', zh: 'OAuth 2.0' },
  issuer: nowhere,
  endpoints: { authorization: `${nowhere}/authorize`, token: `${nowhere}/token`, api: nowhere },
  perConnection: ['issuer', 'authorization', 'token', 'userinfo', 'api'],
  options,
  forOptions,
  scopes: { default: [], separator: ' ' },
  email: 'vouched',
  clientAuthentication: 'client_secret_basic',
  pkce: 'supported',
  refresh: { how: 'refresh_token', rotation: 'reuse-kills-family' },
  transport: { in: 'header', name: 'Authorization' },
  account,
});

function forOptions(given: Options): Partial<Omit<Traits, 'endpoints'>> {
  const own: Own = given;
  const headers = Object.fromEntries(new URLSearchParams(own.api_headers ?? ''));
  const described = genericTraits(given);
  return {
    scopes: { default: [], separator: own.scope_separator === 'comma' ? ',' : ' ' },
    ...described,
    refresh: {
      ...described.refresh,
      ...(own.rotation === 'no-refresh' && { how: 'none' }),
    },
    transport: {
      in: own.token_in === 'query' ? 'query' : 'header',
      name: own.token_name ?? 'Authorization',
      ...(own.token_scheme !== undefined && { scheme: own.token_scheme }),
      ...(own.api_headers !== undefined && { headers: () => headers }),
    },
  };
}

async function account({ tokens, registration, http }: AccountCall) {
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
  const ask = () => http.json('profile', url, { headers: { ...headers, ...carried } });
  const profile = await (carried
    ? inHeaderOrForm(token, ask, (body) => http.json('profile', url, { headers, method: 'POST', body }))
    : ask());
  const text = (where: string | undefined) => {
    const found = where === undefined ? undefined : valueAt(profile, where);
    return typeof found === 'string' && found !== '' ? found : undefined;
  };
  const email = text(own.email_path);
  const vouched = own.email_verified_path !== undefined && valueAt(profile, own.email_verified_path) === true;
  return {
    subject: subjectIn.parse(valueAt(profile, own.subject_path ?? 'id')),
    alternates: {},
    name: text(own.name_path),
    picture: text(own.picture_path),
    email,
    emailVerified: email !== undefined && vouched,
  };
}

/** The subject: a text, or a whole number as its digits. Anything else fails the sign-in. */
const subjectIn = z.union([z.string().min(1), z.int().positive().transform(String)]);

function valueAt(profile: JsonObject, where: string): Json | undefined {
  return where.split('.').reduce<Json | undefined>((value, name) => {
    if (Array.isArray(value)) return /^\d{1,4}$/.test(name) ? value[Number(name)] : undefined;
    const object = asObject(value);
    return object && Object.hasOwn(object, name) ? object[name] : undefined;
  }, profile);
}
