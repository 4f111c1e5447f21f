import type { SecondIssuer } from '../../issuance/ports.ts';
import { wrapRefreshToken } from './refresh-token.ts';
import { accessToken, idToken } from './token-claims.ts';

interface Endpoint {
  /** The path at Keycloak, below the realm's protocol path. */
  readonly theirs: string;
  /** The path of the broker's own endpoint. */
  readonly ours: string;
}

const endpoint = (theirs: string, ours: string): Endpoint => ({ theirs, ours });

/** The realm's endpoints that lead to one of the broker's, by their names in discovery. */
export const realmEndpoints = {
  authorization_endpoint: endpoint('/auth', '/authorize'),
  token_endpoint: endpoint('/token', '/oauth/token'),
  introspection_endpoint: endpoint('/token/introspect', '/oauth/introspect'),
  revocation_endpoint: endpoint('/revoke', '/oauth/revoke'),
  backchannel_authentication_endpoint: endpoint('/ext/ciba/auth', '/oauth/backchannel'),
  device_authorization_endpoint: endpoint('/auth/device', '/oauth/device'),
  pushed_authorization_request_endpoint: endpoint('/ext/par/request', '/oauth/par'),
  userinfo_endpoint: endpoint('/userinfo', '/userinfo'),
  end_session_endpoint: endpoint('/logout', '/oidc/logout'),
  jwks_uri: endpoint('/certs', '/.well-known/jwks.json'),
};

export const protocolPath = '/protocol/openid-connect';

/**
 * Returns the broker's second issuer: apps made for Keycloak build addresses from it and expect it in tokens.
 */
export function createRealm(issuer: string, realm: string): SecondIssuer {
  const name = `${issuer}/realms/${realm}`;
  const endpoints = Object.entries(realmEndpoints).map(([member, { theirs }]) => [
    member,
    name + protocolPath + theirs,
  ]);
  return {
    issuer: name,
    metadata: Object.fromEntries(endpoints),
    parameter: 'realm',
    value: realm,
    accessToken,
    idToken,
    refreshMembers: (token, details) => ({
      refresh_token: wrapRefreshToken(token, details),
      refresh_expires_in: details.expiresAt - details.issuedAt,
    }),
  };
}
