import { decodeJwt } from 'jose';
import { asObject, type Json, type JsonObject } from '../../kit/exact-json.ts';
import { isPlain } from '../../kit/plain-text.ts';
import type { ParametersCall } from './calls.ts';
import type { OptionTrait } from './options.ts';
import type { Callback } from './registration.ts';

// Paths to values in what a provider has said, as operators write them: `user.emails.0.address`, `token:team.id`,
// `accounts[is_default=true].base_uri`.

/** What a provider has said in a sign-in or a refresh. */
export interface Said {
  /** Undefined: no profile is fetched, so that a path without a source is one in the token answer. */
  readonly profile: JsonObject | undefined;
  readonly token: JsonObject;
  /** Untrusted: it came by the person's browser. */
  readonly callback: Callback;
  /** The claims of an access token that is a JWT; empty for others. Their signature is not checked. */
  readonly jwt: JsonObject;
}

const step = String.raw`[\w-]{1,64}(?:\[[\w-]{1,64}=[\w-]{1,64}\])?`;
const path = String.raw`(?:(?:profile|token|callback|jwt):)?${step}(?:\.${step}){0,7}`;

const howTo =
  'Separate names by dots, and use numbers for items of a list, or `[name=value]` for the item that says so. `token:`, `jwt:` and `callback:` before it lead into the token answer, the access token’s claims and the callback.';

/** Returns the option of a path. */
export function pathOption(about: string): OptionTrait {
  return { about: `The path in the profile to ${about}. ${howTo}`, pattern: new RegExp(`^${path}$`) };
}

/** Returns the option of several paths. */
export function pathsOption(about: string): OptionTrait {
  return { about: `${about} ${howTo}`, pattern: new RegExp(`^${path}(?:,${path}){0,3}$`) };
}

/** Paths of which one at least leads to what the provider itself has said, and not the person's browser. */
export function ownPathsOption(about: string): OptionTrait {
  const { about: said } = pathsOption(about);
  const foreign = 'callback:[^,]*';
  return {
    about: said,
    pattern: new RegExp(`^(?!${foreign}(?:,${foreign})*$)${path}(?:,${path}){0,3}$`),
  };
}

/** `name=path` pairs; a path alone has the name of its last step. */
export const namedPathsOption: OptionTrait = {
  about: `The values that apps need beside the token, as name=path or a path alone, separated by commas: api_domain=token:api_domain,callback:realmId,dc. ${howTo} Those of the callback and the profile come with a sign-in, those of the token answer with each refresh too. Those of the callback came by the person’s browser, so that an app must not trust them.`,
  pattern: new RegExp(`^(?:[\\w-]{1,64}=)?${path}(?:,(?:[\\w-]{1,64}=)?${path}){0,19}$`),
};

/** Returns the claims of an access token that is a JWT, or none. */
export function claimsOf(accessToken: string): JsonObject {
  try {
    return decodeJwt(accessToken) as JsonObject;
  } catch {
    return {};
  }
}

export function valueAt(said: Said, where: string): Json | undefined {
  const [, source, rest = where] = /^(profile|token|callback|jwt):(.*)$/.exec(where) ?? [];
  const from = source === undefined ? (said.profile ?? said.token) : said[source as keyof Said];
  return rest.split('.').reduce<Json | undefined>(stepInto, from);
}

function stepInto(value: Json | undefined, given: string): Json | undefined {
  const [, name = given, key, wanted] = /^([\w-]+)\[([\w-]+)=([\w-]+)\]$/.exec(given) ?? [];
  const found = memberOf(value, name);
  if (key === undefined || !Array.isArray(found)) return key === undefined ? found : undefined;
  const matching = found.filter((item) => String(memberOf(item, key)) === wanted);
  // Two of them would be told apart by their order, which no provider promises.
  return matching.length === 1 ? matching[0] : undefined;
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  if (Array.isArray(value)) return /^\d{1,4}$/.test(name) ? value[Number(name)] : undefined;
  const object = asObject(value);
  return object && Object.hasOwn(object, name) ? object[name] : undefined;
}

export function textAt(said: Said, where: string | undefined): string | undefined {
  const found = where === undefined ? undefined : valueAt(said, where);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** Returns the texts at these paths, joined by spaces: a first name and a last name. */
export function textsAt(said: Said, where: string | undefined): string | undefined {
  const found = (where?.split(',') ?? []).map((one) => textAt(said, one)?.trim());
  return found.filter((text) => text !== undefined && text !== '').join(' ') || undefined;
}

/** Characters. */
const longestParameter = 1_000;

/** Returns the values of `name=path` pairs from these sources. Texts, numbers and truth values count; others are left out. */
export function parametersAt(
  said: Said,
  listed: string | undefined,
  sources: readonly (keyof Said)[],
): Readonly<Record<string, string>> {
  const pairs = (listed ?? '').split(',').flatMap((pair) => {
    // `=` also stands in the filter of a step.
    const [, given, where = pair] = /^([\w-]+)=(.*)$/.exec(pair) ?? [];
    const [, source = said.profile ? 'profile' : 'token'] = /^(\w+):/.exec(where) ?? [];
    if (where === '' || !sources.some((one) => one === source)) return [];
    const value = valueAt(said, where);
    const name = given ?? /([\w-]+)(?:\[[^\]]*\])?$/.exec(where)?.[1] ?? where;
    const isValue = ['string', 'number', 'boolean'].includes(typeof value) && value !== '';
    const text = isValue ? String(value) : undefined;
    return text !== undefined && text.length <= longestParameter && isPlain(text) ? [[name, text]] : [];
  });
  return Object.fromEntries(pairs);
}

/** Returns the values of the option `parameters` that the token answer and the callback have. */
export function parametersInAnswer({
  accessToken,
  extra,
  callback,
  registration,
}: ParametersCall): Readonly<Record<string, string>> {
  const said = { profile: {}, token: extra, callback, jwt: claimsOf(accessToken.reveal()) };
  return parametersAt(said, registration.options.parameters, ['token', 'jwt', 'callback']);
}
