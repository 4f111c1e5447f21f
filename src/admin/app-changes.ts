import type { z } from 'zod';
import type { AppChanges } from '../issuance/registry/app.ts';
import type { appChangeBody } from './app-shapes.ts';

/** Returns the changes of an app as the registry names them. */
export function appChangesOf(body: z.output<typeof appChangeBody>): AppChanges {
  return {
    name: body.name,
    enabled: body.enabled,
    firstParty: body.first_party,
    pkceRequired: body.pkce_required,
    redirectUris: body.redirect_uris,
    postLogoutRedirectUris: body.post_logout_redirect_uris,
    backchannelLogoutUri: body.backchannel_logout_uri,
    homepage: body.homepage,
    connections: body.connections?.map(({ proxy_headers: proxyHeaders, ...line }) => ({
      ...line,
      proxyHeaders,
    })),
    jwks: body.jwks,
    jwksUri: body.jwks_uri,
    deviceFlow: body.device_flow,
    backchannelTokenDeliveryMode: body.backchannel_token_delivery_mode,
    backchannelClientNotificationEndpoint: body.backchannel_client_notification_endpoint,
    requirePushedAuthorizationRequests: body.require_pushed_authorization_requests,
    requireSignedRequestObject: body.require_signed_request_object,
    authorizationDetailsTypes: body.authorization_details_types,
    apis: body.apis,
    introspects: body.introspects,
    accessTokenFormat: body.access_token_format,
    accessTokenLifetime: body.access_token_lifetime,
    tokenBinding: body.token_binding,
    backgroundBinding: body.background_binding,
    defaultScope: body.default_scope,
    signInConnections: body.sign_in_connections,
    displayName: body.display_name,
    about: body.about,
  };
}
