import type { OAuth2Connector, OidcConnector, TokenlessConnector } from './contract.ts';

/** A provider that speaks OAuth 2.0 and has a profile of its own. */
export function oauth2(declaration: Omit<OAuth2Connector, 'family'>): OAuth2Connector {
  return { family: 'oauth2', ...declaration };
}

/** A provider that says who somebody is and issues no token. */
export function tokenless(declaration: Omit<TokenlessConnector, 'family'>): TokenlessConnector {
  return { family: 'tokenless', ...declaration };
}

/** A provider that speaks OpenID Connect: who somebody is comes from verified claims. */
export function oidc(
  declaration: Omit<OidcConnector, 'family' | 'account'> & Partial<Pick<OidcConnector, 'account'>>,
): OidcConnector {
  return { family: 'oidc', account: standardClaims, ...declaration };
}

/** OpenID Connect Core 5.1. A `sub` that is no string is refused rather than coerced. */
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
