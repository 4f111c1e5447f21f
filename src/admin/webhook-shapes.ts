import { z } from 'zod';
import type { DeliveryRow } from '../webhooks/delivery-store.ts';
import type { Endpoint } from '../webhooks/endpoints.ts';
import { editedFields } from './edits.ts';
import { isoTime } from './shapes.ts';

export const webhookAnswer = z
  .object({
    id: z.string(),
    url: z.string(),
    description: z.string().nullable(),
    events: z.array(z.string()),
    enabled: z.boolean(),
    failures: z.number().int().describe('Tries that failed since the last that did not'),
    failing_since: isoTime.nullable(),
    paused_until: isoTime.nullable().describe('Nothing is sent before'),
    pending: z.number().int().describe('Deliveries on their way or waiting'),
    old_secret_until: isoTime
      .nullable()
      .describe('Until then deliveries are signed with the secret before, too'),
    ...editedFields,
    created_at: isoTime,
  })
  .meta({ id: 'Webhook' });

const secret = z.string().describe('`whsec_…`, shown this once');

export const createdWebhookAnswer = webhookAnswer.extend({ secret }).meta({ id: 'CreatedWebhook' });

export const webhookSecretAnswer = z
  .object({ id: z.string(), secret, old_secret_until: isoTime })
  .meta({ id: 'WebhookSecret' });

export const deliveryState = z.enum(['pending', 'delivered', 'failed']);

export const deliveryAnswer = z
  .object({
    event: z.string().describe('The `webhook-id` it is sent with'),
    type: z.string(),
    state: deliveryState,
    attempts: z.number().int(),
    last_status: z.number().int().nullable().describe('Null: there was no answer yet'),
    last_error: z.string().nullable().describe('Why there was none, e.g. `timeout`, `refused-address`'),
    next_try_at: isoTime.nullable(),
    created_at: isoTime,
    settled_at: isoTime.nullable(),
  })
  .meta({ id: 'WebhookDelivery' });

export const sentAnswer = z
  .object({ event: z.string().describe('The `webhook-id` it is sent with; `deliveries` has the result') })
  .meta({ id: 'WebhookSent' });

export function describeWebhook(endpoint: Endpoint): z.input<typeof webhookAnswer> {
  return {
    id: endpoint.id,
    url: endpoint.url,
    description: endpoint.description,
    events: endpoint.events,
    enabled: endpoint.enabled,
    failures: endpoint.failures,
    failing_since: endpoint.failingSince?.toISOString() ?? null,
    paused_until: endpoint.pausedUntil?.toISOString() ?? null,
    pending: endpoint.pending,
    old_secret_until: endpoint.rotatedUntil?.toISOString() ?? null,
    version: endpoint.version,
    managed_by: endpoint.managedBy,
    created_at: endpoint.createdAt.toISOString(),
  };
}

export function describeDelivery(delivery: DeliveryRow): z.input<typeof deliveryAnswer> {
  return {
    event: delivery.eventId,
    type: delivery.type,
    state: delivery.state,
    attempts: delivery.attempts,
    last_status: delivery.lastStatus,
    last_error: delivery.lastError,
    next_try_at: delivery.nextTryAt?.toISOString() ?? null,
    created_at: delivery.createdAt.toISOString(),
    settled_at: delivery.settledAt?.toISOString() ?? null,
  };
}
