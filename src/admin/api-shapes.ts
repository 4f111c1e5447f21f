import { z } from 'zod';
import { type Api, apiChanges, apiConnection, newApi } from '../issuance/registry/api.ts';
import { plainRule, ruleLine } from '../issuance/registry/proxy-rules.ts';
import { tokenBinding } from '../issuance/registry/token-binding.ts';
import type { Facts } from '../kit/events/changes.ts';
import { policyLineAnswer as appLineAnswer } from './app-shapes.ts';
import { editedFields, managedByField } from './edits.ts';
import { isoTime } from './shapes.ts';

const { shape } = apiChanges;

const policyLine = apiConnection.omit({ proxyHeaders: true }).extend({
  proxy_headers: apiConnection.shape.proxyHeaders,
});

const fields = {
  scopes: shape.scopes,
  access_token_format: shape.accessTokenFormat,
  signing_alg: shape.signingAlg.describe('Of its JWTs'),
  access_token_lifetime: shape.accessTokenLifetime.describe('Seconds'),
  browser_access_token_lifetime: shape.browserAccessTokenLifetime.describe(
    'Seconds, of a token for an app of the type spa; null: the same',
  ),
  first_party_skips_consent: shape.firstPartySkipsConsent.describe(
    'False: the users of first-party apps are asked too',
  ),
  token_binding: shape.tokenBinding.describe(
    'The key that its tokens must be bound to: `dpop` (RFC 9449), `mtls` (RFC 8705), `any` of both, or `none`',
  ),
  client: shape.client.describe(
    'The confidential app that may act for the API, beside the API itself; null: none',
  ),
  connections: z
    .array(policyLine)
    .max(100)
    .optional()
    .describe('The policy: the connections whose accounts it may use on behalf of the callers of its tokens'),
  clients: shape.clients.describe(
    '`any`: apps that registered themselves may ask for its tokens too, with the consent of the person',
  ),
};

const policyLineAnswer = appLineAnswer.omit({ background: true });

export const apiChangeBody = z
  .strictObject({ name: shape.name, ...fields, managed_by: managedByField })
  .meta({ id: 'ApiChange' });

export const newApiBody = z
  .strictObject({ identifier: newApi.shape.identifier, name: newApi.shape.name, ...fields })
  .meta({ id: 'NewApi' });

export const apiAnswer = z
  .object({
    id: z.string(),
    identifier: z.string().describe('The audience of its tokens'),
    name: z.string(),
    scopes: z.array(z.object({ name: z.string(), description: z.string(), optional: z.boolean() })),
    access_token_format: z.enum(['jwt', 'opaque']),
    signing_alg: shape.signingAlg.unwrap(),
    access_token_lifetime: z.number().int(),
    browser_access_token_lifetime: z.number().int().nullable(),
    first_party_skips_consent: z.boolean(),
    clients: shape.clients.unwrap(),
    token_binding: tokenBinding,
    client: z.string().nullable(),
    connections: z.array(policyLineAnswer),
    has_secret: z
      .boolean()
      .describe('It can authenticate, with its id and secret: to introspect, and to act on behalf'),
    ...editedFields,
    created_at: isoTime,
  })
  .meta({ id: 'Api' });

export function apiChangesOf(body: Omit<z.output<typeof apiChangeBody>, 'managed_by'>) {
  return {
    name: body.name,
    scopes: body.scopes,
    accessTokenFormat: body.access_token_format,
    signingAlg: body.signing_alg,
    accessTokenLifetime: body.access_token_lifetime,
    browserAccessTokenLifetime: body.browser_access_token_lifetime,
    firstPartySkipsConsent: body.first_party_skips_consent,
    tokenBinding: body.token_binding,
    client: body.client,
    connections: body.connections?.map(({ proxy_headers: proxyHeaders, ...line }) => ({
      ...line,
      proxyHeaders,
    })),
    clients: body.clients,
  };
}

/** Returns an API as events name it. */
export function apiFacts(api: Api): Facts {
  const { id: _, created_at, version, scopes, connections, ...fields } = describeApi(api);
  return {
    ...fields,
    connections: Object.fromEntries(
      connections.map(({ connection, proxy, ...line }) => [
        connection,
        { ...line, proxy: proxy.map(ruleLine) },
      ]),
    ),
    scopes: Object.fromEntries(
      scopes.map(({ name, description, optional }) => [
        name,
        optional ? `${description} (optional)` : description,
      ]),
    ),
  };
}

export function describeApi(api: Api): z.input<typeof apiAnswer> {
  return {
    id: api.id,
    identifier: api.identifier,
    name: api.name,
    scopes: api.scopes.map((scope) => ({ ...scope })),
    access_token_format: api.accessTokenFormat,
    signing_alg: api.signingAlg,
    access_token_lifetime: api.accessTokenLifetime,
    browser_access_token_lifetime: api.browserAccessTokenLifetime,
    first_party_skips_consent: api.firstPartySkipsConsent,
    token_binding: api.tokenBinding,
    client: api.client,
    connections: api.connections.map(
      ({ connection, scopes, consent, handout, proxy, proxyHeaders, rate }) => ({
        connection,
        scopes: [...scopes],
        consent,
        handout,
        proxy: proxy.map(plainRule),
        proxy_headers: [...proxyHeaders],
        rate,
      }),
    ),
    clients: api.clients,
    has_secret: api.hasSecret,
    version: api.version,
    managed_by: api.managedBy,
    created_at: api.createdAt.toISOString(),
  };
}
