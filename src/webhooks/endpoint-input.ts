import { z } from 'zod';
import { publicEventTypes, usualEventTypes } from './public-events.ts';

const fields = {
  url: z.string().max(2048).describe('https; private addresses are refused'),
  description: z
    .string()
    .trim()
    .max(200)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters')
    .nullable(),
  events: z
    .array(z.enum(publicEventTypes))
    .min(1)
    .transform((types) => [...new Set(types)])
    .describe(
      '`token.retrieved` comes with every retrieval, so it is sent only where it is named. So are the events of changes by admins: `connection.origin_changed`, `user.roles_changed` and `admin.…`',
    ),
  enabled: z.boolean(),
};

export const newEndpoint = z
  .strictObject({
    url: fields.url,
    description: fields.description.default(null),
    events: fields.events.default(usualEventTypes),
    enabled: fields.enabled.default(true),
  })
  .meta({ id: 'NewWebhook' });

export const endpointChange = z
  .strictObject({
    ...fields,
    managed_by: z.null().describe('Releases the endpoint from the tool that keeps it'),
  })
  .partial()
  .meta({ id: 'WebhookChange' });

export type NewEndpoint = z.output<typeof newEndpoint>;
export type EndpointChange = z.output<typeof endpointChange>;
