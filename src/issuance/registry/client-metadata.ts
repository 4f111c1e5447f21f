import type { AdapterPayload } from 'oidc-provider';
import { z } from 'zod';
import type { RegisteredGrant } from '../custom-grants.ts';
import type { ApiClient } from './apis.ts';
import { type AppType, isConfidential, registration, tokenFormat } from './app.ts';
import type { StoredApp } from './app-store.ts';
import type { ClientKeys } from './client-keys.ts';

/** The member of the client metadata that carries an app's traits, which the standard metadata lack. */
export const traitsMember = 'symbolon';

const traits = z.object({
  type: z.enum(['web', 'spa', 'native', 'service']),
  firstParty: z.boolean(),
  pkceRequired: z.boolean(),
  apis: z.array(z.string()).readonly(),
  introspects: z.array(z.string()).readonly(),
  accessTokenFormat: tokenFormat.nullable(),
  accessTokenLifetime: z.number().nullable(),
  defaultScope: z.string().nullable(),
  registration: registration.nullable(),
  /** The address that is told of a decision made elsewhere. */
  notificationUri: z.string().nullable().default(null),
});

export type AppTraits = z.infer<typeof traits>;

export function traitsOf(client: { readonly [member: string]: unknown }): AppTraits {
  return traits.parse(client[traitsMember]);
}

const grants: Record<AppType, readonly string[]> = {
  web: ['authorization_code', 'refresh_token', 'client_credentials'],
  spa: ['authorization_code', 'refresh_token'],
  native: ['authorization_code', 'refresh_token'],
  service: ['client_credentials'],
};

const backchannelGrant = 'urn:openid:params:grant-type:ciba';
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

/** Returns an app as oidc-provider's client metadata (RFC 7591). By default, a custom grant is for apps with a secret. */
export function clientMetadata(
  app: StoredApp,
  customGrants: readonly RegisteredGrant[],
  /** The keys at the app's `jwks_uri`. */
  published?: ClientKeys,
): AdapterPayload {
  const { type, firstParty, pkceRequired, apis, introspects } = app;
  const { accessTokenFormat, accessTokenLifetime, defaultScope } = app;
  const confidential = isConfidential(type);
  const { backchannelTokenDeliveryMode: mode, backchannelClientNotificationEndpoint: endpoint } = app;
  // An app that signs people in by codes alone has no redirect URI.
  const signsIn = type !== 'service' && app.redirectUris.length > 0;
  const allowed = customGrants.filter(({ alsoFor }) => confidential || alsoFor === 'all' || alsoFor === type);
  return {
    client_id: app.id,
    client_name: app.name,
    application_type: type === 'native' ? 'native' : 'web',
    redirect_uris: type === 'service' ? [] : [...app.redirectUris],
    post_logout_redirect_uris: [...app.postLogoutRedirectUris],
    response_types: signsIn ? ['code'] : [],
    response_modes: ['query', 'form_post', ...(type === 'spa' ? ['fragment'] : [])],
    // An app that registered itself acts for a person who is there, and exchanges nothing.
    grant_types:
      app.registration === null
        ? [
            ...grants[type].filter((grant) => signsIn || grant !== 'authorization_code'),
            ...(app.deviceFlow ? [deviceGrant] : []),
            ...(mode === null ? [] : [backchannelGrant]),
            ...allowed.map((grant) => grant.type),
          ]
        : grants.spa,
    ...authentication(app, published),
    ...(mode !== null && { backchannel_token_delivery_mode: mode }),
    // oidc-provider wants https, and an allowed host inside may have http. The call goes to the address in the traits.
    ...(endpoint !== null && {
      backchannel_client_notification_endpoint: endpoint.replace(/^http:/, 'https:'),
    }),
    ...(app.requirePushedAuthorizationRequests && { require_pushed_authorization_requests: true }),
    ...(app.requireSignedRequestObject && { require_signed_request_object: true }),
    authorization_details_types: [...app.authorizationDetailsTypes],
    ...(app.homepage && { client_uri: app.homepage }),
    ...(app.backchannelLogoutUri && {
      backchannel_logout_uri: app.backchannelLogoutUri,
      // A person can have several sessions, so the ID token and the logout token carry the id of this one.
      backchannel_logout_session_required: true,
    }),
    [traitsMember]: {
      type,
      firstParty,
      pkceRequired,
      apis,
      introspects,
      accessTokenFormat,
      accessTokenLifetime,
      defaultScope,
      registration: app.registration,
      notificationUri: endpoint,
    },
  };
}

function authentication({ type, jwksUri, secretHash, ...app }: StoredApp, published?: ClientKeys) {
  if (!isConfidential(type)) return { token_endpoint_auth_method: 'none' } as const;
  const jwks = app.jwks ?? (jwksUri !== null ? (published ?? { keys: [] }) : null);
  if (jwks) return { token_endpoint_auth_method: 'private_key_jwt', jwks } as const;
  // oidc-provider passes this member to our own comparison, which expects the hash (provider-overrides.ts).
  return { token_endpoint_auth_method: 'client_secret_basic', client_secret: secretHash ?? 'none' } as const;
}

/** Returns an API as a client that can introspect the tokens issued for it, and act on behalf of their holders. */
export function apiMetadata(
  { api, secretHash }: ApiClient,
  customGrants: readonly RegisteredGrant[],
): AdapterPayload {
  return {
    client_id: api.id,
    client_name: api.name,
    redirect_uris: [],
    response_types: [],
    grant_types: customGrants.filter(({ forApis }) => forApis).map(({ type }) => type),
    authorization_details_types: [],
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: secretHash,
    [traitsMember]: {
      type: 'service',
      firstParty: false,
      pkceRequired: true,
      apis: [],
      introspects: [api.identifier],
      accessTokenFormat: null,
      accessTokenLifetime: null,
      defaultScope: null,
      registration: null,
      notificationUri: null,
    } satisfies AppTraits,
  };
}
