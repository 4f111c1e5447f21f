import { authorizeParametersOption } from './authorize-parameters.ts';
import type { OAuth2Connector, OidcConnector, TokenlessConnector, Traits } from './contract.ts';

/** Declares a provider with OAuth 2.0 and a profile of its own. */
export function oauth2(declaration: Omit<OAuth2Connector, 'family'>): OAuth2Connector {
  return { family: 'oauth2', ...withOptionsOfAll(declaration) };
}

/** Declares a provider that identifies people and issues no tokens. */
export function tokenless(declaration: Omit<TokenlessConnector, 'family'>): TokenlessConnector {
  return { family: 'tokenless', ...withOptionsOfAll(declaration) };
}

/** Declares a provider with OpenID Connect. The account comes from verified claims. */
export function oidc(
  declaration: Omit<OidcConnector, 'family' | 'account'> & Partial<Pick<OidcConnector, 'account'>>,
): OidcConnector {
  return { family: 'oidc', account: standardClaims, ...withOptionsOfAll(declaration) };
}

/** Returns the declaration with the options that every connector has. */
function withOptionsOfAll<D extends Pick<Traits, 'options' | 'signInBy'>>(declaration: D): D {
  // A code from an app's SDK comes without an authorize request.
  if (declaration.signInBy === 'code') return declaration;
  return {
    ...declaration,
    options: { ...declaration.options, authorize_parameters: authorizeParametersOption },
  };
}

/**
 * Returns the account in standard claims (OpenID Connect Core 5.1). A `sub` that is no string becomes empty, and is
 * refused.
 */
export const standardClaims: OidcConnector['account'] = (claims) => {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  return {
    subject: text(claims.sub) ?? '',
    alternates: {},
    name: text(claims.name),
    picture: text(claims.picture),
    email: text(claims.email),
    emailVerified: claims.email_verified === true,
  };
};
