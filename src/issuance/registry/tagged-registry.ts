import type { TaggedTable } from '../../kit/keys/row-tags.ts';

export const taggedApps = {
  name: 'app',
  version: 1,
  key: ['id'],
  columns: {
    id: 'id',
    name: 'name',
    type: 'type',
    secretHash: 'secret_hash',
    jwks: 'jwks',
    redirectUris: 'redirect_uris',
    postLogoutRedirectUris: 'post_logout_redirect_uris',
    backchannelLogoutUri: 'backchannel_logout_uri',
    homepage: 'homepage',
    firstParty: 'first_party',
    enabled: 'enabled',
    pkceRequired: 'pkce_required',
    apis: 'apis',
    introspects: 'introspects',
    accessTokenFormat: 'access_token_format',
    accessTokenLifetime: 'access_token_lifetime',
    defaultScope: 'default_scope',
    jwksUri: 'jwks_uri',
    requirePushedAuthorizationRequests: 'require_pushed_authorization_requests',
    requireSignedRequestObject: 'require_signed_request_object',
  },
  later: { jwksUri: null, requirePushedAuthorizationRequests: false, requireSignedRequestObject: false },
} as const satisfies TaggedTable<string>;

export const taggedAppConnections = {
  name: 'app_connection',
  version: 1,
  key: ['appId', 'connectionId'],
  columns: {
    appId: 'app_id',
    connectionId: 'connection_id',
    scopes: 'scopes',
    background: 'background',
    handout: 'handout',
    proxy: 'proxy',
    proxyHeaders: 'proxy_headers',
    rateRequests: 'rate_requests',
    rateSeconds: 'rate_seconds',
  },
} as const satisfies TaggedTable<string>;

export const taggedApis = {
  name: 'api',
  version: 1,
  key: ['id'],
  columns: {
    id: 'id',
    identifier: 'identifier',
    name: 'name',
    scopes: 'scopes',
    accessTokenFormat: 'access_token_format',
    signingAlg: 'signing_alg',
    accessTokenLifetime: 'access_token_lifetime',
    browserAccessTokenLifetime: 'browser_access_token_lifetime',
    firstPartySkipsConsent: 'first_party_skips_consent',
    secretHash: 'secret_hash',
    client: 'client',
    connections: 'connections',
  },
  later: { client: null, connections: [] },
} as const satisfies TaggedTable<string>;
