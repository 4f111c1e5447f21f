import { z } from 'zod';
import {
  type App,
  accountConsent,
  appAbout,
  appChanges,
  appConnection,
  deliveryMode,
  detailType,
  newApp,
} from '../issuance/registry/app.ts';
import { plainRule } from '../issuance/registry/proxy-rules.ts';
import { tokenBinding } from '../issuance/registry/token-binding.ts';
import { givenText } from '../kit/localized.ts';
import { describeOrigin, originFields } from './app-origin-shape.ts';
import { reasonField } from './dangerous-change.ts';
import { editedFields, managedByField } from './edits.ts';
import { isoTime } from './shapes.ts';

// The fields of an app as the admin API names them. `issuance` checks their values.

const { shape } = appChanges;

const policyLine = appConnection.omit({ proxyHeaders: true }).extend({
  proxy_headers: appConnection.shape.proxyHeaders,
  consent: appConnection.shape.consent.describe(
    'required: the accounts come with the consent; ticked, unticked: the consent page shows such a box, and people may leave them out',
  ),
});

const fields = {
  name: newApp.shape.name,
  enabled: shape.enabled,
  first_party: shape.firstParty.describe('Its users are not asked for consent'),
  pkce_required: shape.pkceRequired,
  redirect_uris: shape.redirectUris.describe('Compared byte for byte'),
  post_logout_redirect_uris: shape.postLogoutRedirectUris,
  backchannel_logout_uri: shape.backchannelLogoutUri.describe(
    'Sent a logout token when a person’s session ends (OpenID Connect Back-Channel Logout 1.0)',
  ),
  homepage: shape.homepage,
  connections: z
    .array(policyLine)
    .max(100)
    .optional()
    .describe('The policy: which connections’ tokens it may use'),
  jwks: shape.jwks.describe('Public keys it authenticates with (private_key_jwt), instead of a secret'),
  jwks_uri: shape.jwksUri.describe(
    'The address at which it publishes such keys, in place of `jwks`: it then changes them by itself',
  ),
  device_flow: shape.deviceFlow.describe(
    'It may sign people in on devices without a browser, by a code (RFC 8628); for the types native and web',
  ),
  backchannel_token_delivery_mode: shape.backchannelTokenDeliveryMode.describe(
    'It may ask people to sign in elsewhere (CIBA), and polls for the decision or is told of it; null: it may not',
  ),
  backchannel_client_notification_endpoint: shape.backchannelClientNotificationEndpoint.describe(
    'The address that is told, with `ping`',
  ),
  require_pushed_authorization_requests: shape.requirePushedAuthorizationRequests.describe(
    'It must push its authorization requests to /oauth/par (RFC 9126)',
  ),
  require_signed_request_object: shape.requireSignedRequestObject.describe(
    'It must sign its authorization requests with one of its keys (RFC 9101)',
  ),
  authorization_details_types: shape.authorizationDetailsTypes.describe(
    'It may ask people to approve one exact call of a provider’s API (RFC 9396): `symbolon_call`',
  ),
  apis: shape.apis.describe('Identifiers of the APIs it may ask tokens for'),
  introspects: shape.introspects.describe(
    'Identifiers of the APIs whose tokens it may introspect, issued to any app',
  ),
  access_token_format: shape.accessTokenFormat,
  access_token_lifetime: shape.accessTokenLifetime.describe('Seconds'),
  token_binding: shape.tokenBinding.describe(
    'The key that its tokens must be bound to: `dpop` (RFC 9449), `mtls` (RFC 8705), `any` of both, or `none`. Its bearer tokens are refused at once',
  ),
  background_binding: shape.backgroundBinding.describe(
    'The same for the tokens by which it acts in the background',
  ),
  default_scope: shape.defaultScope.describe(
    'Scopes, with spaces between, of a request that names none; null: those of the API that it names, or `invalid_scope`',
  ),
  sign_in_connections: shape.signInConnections.describe(
    'Aliases of the connections that its sign-in page offers; null: those of the deployment',
  ),
  display_name: shape.displayName.describe('Its name on pages; null: `name`'),
  about: shape.about.describe('Facts that people see before they consent'),
};

export const newAppBody = z
  .strictObject({ ...fields, type: newApp.shape.type.default('web'), reason: reasonField })
  .meta({ id: 'NewApp' });

export const appChangeBody = z
  .strictObject({ ...fields, name: shape.name, managed_by: managedByField, reason: reasonField })
  .meta({ id: 'AppChange' });

export const policyLineAnswer = z.object({
  connection: z.string(),
  scopes: z.array(z.string()),
  background: z.boolean(),
  consent: accountConsent,
  handout: z.boolean(),
  proxy: z.array(
    z.object({
      methods: z.array(z.string()),
      path: z.string(),
      approval: z.enum(['never', 'always']).optional(),
      deny: z.literal(true).optional(),
    }),
  ),
  proxy_headers: z.array(z.string()),
  rate: z.object({ requests: z.number().int(), seconds: z.number().int() }).nullable(),
});

export const appAnswer = z
  .object({
    client_id: z.string(),
    name: z.string(),
    type: newApp.shape.type,
    enabled: z.boolean(),
    first_party: z.boolean(),
    pkce_required: z.boolean(),
    redirect_uris: z.array(z.string()),
    post_logout_redirect_uris: z.array(z.string()),
    backchannel_logout_uri: z.string().nullable(),
    homepage: z.string().nullable(),
    connections: z.array(policyLineAnswer),
    jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }).nullable(),
    jwks_uri: z.string().nullable(),
    device_flow: z.boolean(),
    backchannel_token_delivery_mode: deliveryMode.nullable(),
    backchannel_client_notification_endpoint: z.string().nullable(),
    require_pushed_authorization_requests: z.boolean(),
    require_signed_request_object: z.boolean(),
    authorization_details_types: z.array(detailType),
    apis: z.array(z.string()),
    introspects: z.array(z.string()),
    access_token_format: z.enum(['jwt', 'opaque']).nullable(),
    access_token_lifetime: z.number().int().nullable(),
    token_binding: tokenBinding,
    background_binding: tokenBinding,
    default_scope: z.string().nullable(),
    sign_in_connections: z.array(z.string()).nullable(),
    display_name: givenText(60).nullable(),
    about: appAbout.nullable(),
    ...originFields,
    ...editedFields,
    removed_at: isoTime
      .nullable()
      .describe('Until a day later it can be restored, with a metadata document always; null: it is in use'),
    created_at: isoTime,
    updated_at: isoTime,
  })
  .meta({ id: 'App' });

export const mostConsents = 10_001;

export const countedAppAnswer = appAnswer
  .extend({
    consents: z
      .number()
      .int()
      .optional()
      .describe(
        `With \`counts=yes\`: people who consent; ${mostConsents} stands for more than ${mostConsents - 1}`,
      ),
    agent_calls: z
      .object({ waiting: z.number().int(), done_today: z.number().int() })
      .optional()
      .describe(
        'With `counts=yes` for one app: changes that wait for a person, and those of the last 24 hours',
      ),
  })
  .meta({ id: 'CountedApp' });

export const createdAppAnswer = appAnswer
  .extend({ client_secret: z.string().nullable().describe('Shown this once; null for apps that keep none') })
  .meta({ id: 'CreatedApp' });

export function describeApp(app: App): z.input<typeof appAnswer> {
  return {
    client_id: app.id,
    name: app.name,
    type: app.type,
    enabled: app.enabled,
    first_party: app.firstParty,
    pkce_required: app.pkceRequired,
    redirect_uris: [...app.redirectUris],
    post_logout_redirect_uris: [...app.postLogoutRedirectUris],
    backchannel_logout_uri: app.backchannelLogoutUri,
    homepage: app.homepage,
    connections: app.connections.map(({ scopes, proxy, proxyHeaders, ...line }) => ({
      ...line,
      scopes: [...scopes],
      proxy: proxy.map(plainRule),
      proxy_headers: [...proxyHeaders],
    })),
    jwks: app.jwks && { keys: app.jwks.keys.map((key) => ({ ...key })) },
    jwks_uri: app.jwksUri,
    device_flow: app.deviceFlow,
    backchannel_token_delivery_mode: app.backchannelTokenDeliveryMode,
    backchannel_client_notification_endpoint: app.backchannelClientNotificationEndpoint,
    require_pushed_authorization_requests: app.requirePushedAuthorizationRequests,
    require_signed_request_object: app.requireSignedRequestObject,
    authorization_details_types: [...app.authorizationDetailsTypes],
    apis: [...app.apis],
    introspects: [...app.introspects],
    access_token_format: app.accessTokenFormat,
    access_token_lifetime: app.accessTokenLifetime,
    token_binding: app.tokenBinding,
    background_binding: app.backgroundBinding,
    default_scope: app.defaultScope,
    sign_in_connections: app.signInConnections && [...app.signInConnections],
    display_name: app.displayName,
    about: app.about,
    ...describeOrigin(app),
    version: app.version,
    managed_by: app.managedBy,
    removed_at: app.removedAt?.toISOString() ?? null,
    created_at: app.createdAt.toISOString(),
    updated_at: app.updatedAt.toISOString(),
  };
}
