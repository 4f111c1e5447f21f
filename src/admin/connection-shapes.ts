import { z } from 'zod';
import { signalsAddress } from '../connectors/contract/registration.ts';
import { givenText } from '../kit/localized.ts';
import type { Connection } from '../login/connections.ts';
import { editedFields } from './edits.ts';
import { isoTime } from './shapes.ts';

export const connectionAnswer = z
  .object({
    id: z.string(),
    alias: z.string(),
    provider: z.string(),
    client_id: z.string(),
    has_client_secret: z.boolean().describe('The secret itself is write-only'),
    scopes: z.array(z.string()),
    endpoints: z.record(z.string(), z.string()),
    options: z.record(z.string(), z.string()),
    secret_options: z.array(z.string()).describe('Those that are set; their values are write-only'),
    enabled: z.boolean(),
    for: z.enum(['login', 'linking']),
    redirect_uri: z.string().describe('To be registered with the provider'),
    signals_url: z
      .string()
      .nullable()
      .describe('To be registered for what the provider tells unasked; null: it tells nothing'),
    display_name: givenText(60).nullable(),
    hidden: z.boolean(),
    position: z.number().int().nullable(),
    has_logo: z.boolean(),
    has_api_description: z.boolean().describe('Agents find operations of the operator’s OpenAPI document'),
    ...editedFields,
    created_at: isoTime,
  })
  .meta({ id: 'Connection' });

export function describeConnection(connection: Connection): z.input<typeof connectionAnswer> {
  const { id, alias, connector, registration, endpoints, options, enabled, purpose } = connection;
  return {
    id,
    alias,
    provider: connector.provider,
    client_id: registration.clientId,
    has_client_secret: connection.hasSecret,
    scopes: [...connection.scopes],
    endpoints: { ...endpoints },
    options: { ...options },
    secret_options: Object.keys(registration.secrets),
    enabled,
    for: purpose,
    redirect_uri: registration.redirectUri,
    signals_url: connector.signals ? signalsAddress(registration) : null,
    display_name: connection.displayName,
    hidden: connection.hidden,
    position: connection.position,
    has_logo: connection.hasLogo,
    has_api_description: connection.hasApiDescription,
    version: connection.version,
    managed_by: connection.managedBy,
    created_at: connection.createdAt.toISOString(),
  };
}

/** Returns the fields of a change whose values are never shown. */
export function secretFieldsOf({ connector }: Connection): readonly string[] {
  const options = Object.entries(connector.options ?? {}).filter(([, { secret }]) => secret);
  return ['client_secret', ...options.map(([name]) => `options.${name}`)];
}
