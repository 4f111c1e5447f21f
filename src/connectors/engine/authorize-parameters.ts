import { furtherParameters } from '../contract/authorize-parameters.ts';
import type { AuthorizeOptions } from '../contract/calls.ts';
import type { Connector } from '../contract/contract.ts';
import { type Options, optionFaults, optionsOf } from '../contract/options.ts';
import type { Registration } from '../contract/registration.ts';
import { applyOptions } from './connection-traits.ts';

const plainly: AuthorizeOptions = { forceLogin: false, forceConsent: false, locale: 'en' };

/** Returns one sentence for the admin for each fault in the entered options of a declared connector. */
export function connectionOptionFaults(declared: Connector, entered: Options): readonly string[] {
  const faults = optionFaults(declared.options, entered);
  const isSecret = (name: string) => declared.options?.[name]?.secret === true;
  const plain = Object.entries(declared.options ?? {}).filter(([name]) => !isSecret(name));
  const shown = Object.fromEntries(Object.entries(entered).filter(([name]) => !isSecret(name)));
  // The request follows from the options that are no secret, if those can be read.
  if (optionFaults(Object.fromEntries(plain), shown).length > 0) return faults;
  const options = optionsOf(declared.options, shown);
  const connector = applyOptions(declared, options);
  const registration: Registration = {
    alias: 'x',
    clientId: 'x',
    clientSecret: undefined,
    redirectUri: 'https://broker.invalid/callback',
    scopes: connector.scopes.default,
    endpoints: connector.endpoints,
    issuer: connector.issuer,
    options,
    secrets: {},
  };
  return [...faults, ...parameterFaults(connector, registration)];
}

/** Returns one sentence for each parameter of the connection's own that no authorize request carries. */
export function parameterFaults(connector: Connector, registration: Registration): readonly string[] {
  const { options, endpoints, clientId, redirectUri } = registration;
  if (options.authorize_parameters === undefined) return [];
  const url = new URL(endpoints.authorization);
  const sent = {
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    ...authorizeParameters(connector, registration, plainly),
    state: 'x',
  };
  for (const [name, value] of Object.entries(sent)) url.searchParams.set(name, value);
  const rewritten = connector.rewriteAuthorizeUrl?.(url, registration) ?? url;
  const { refused } = furtherParameters(rewritten, options);
  return refused.map(
    (name) => `Option authorize_parameters names ${name}, which the broker sets itself: take it out.`,
  );
}

/** Returns the parameters of the authorize request, without those of the flow and those of the connection's own. */
export function authorizeParameters(
  connector: Connector,
  { scopes }: Pick<Registration, 'scopes'>,
  ask: AuthorizeOptions,
): Readonly<Record<string, string>> {
  return {
    ...(scopes.length > 0 && { scope: scopes.join(connector.scopes.separator) }),
    ...(connector.takesMaxAge && ask.maxAge !== undefined && { max_age: String(ask.maxAge) }),
    ...connector.authorizeParameters?.(ask),
  };
}
