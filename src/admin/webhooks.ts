import { z } from 'zod';
import { isId } from '../kit/ids.ts';
import { Problem } from '../kit/problem.ts';
import type { DeliveryRow } from '../webhooks/delivery-store.ts';
import { endpointChange, newEndpoint } from '../webhooks/endpoint-input.ts';
import type { Endpoint } from '../webhooks/endpoints.ts';
import { editOf, withBothSides } from './edits.ts';
import { type Operation, operation } from './operation.ts';
import { listAnswer, pageQuery, readPage } from './paging.ts';
import type { AdminDeps } from './ports.ts';
import { idPosition } from './shapes.ts';
import {
  createdWebhookAnswer,
  deliveryAnswer,
  deliveryState,
  describeDelivery,
  describeWebhook,
  sentAnswer,
  webhookAnswer,
  webhookSecretAnswer,
} from './webhook-shapes.ts';

const tag = 'Webhooks';
const deliveriesQuery = pageQuery.extend({ state: deliveryState.optional() });
/** The cursor of the deliveries: a delivery's number. */
const seqPosition = z.strictObject({ seq: z.string().regex(/^\d{1,18}$/) });

/** Webhook endpoints and the state of their deliveries. */
export function webhookOperations({ webhooks }: AdminDeps): readonly Operation[] {
  async function find(id: string): Promise<Endpoint> {
    const endpoint = await webhooks.get(requireWebhookId(id));
    if (!endpoint) throw new Problem('not_found');
    return endpoint;
  }

  function requireWebhookId(id: string): string {
    if (!isId('whk', id)) throw new Problem('not_found');
    return id;
  }

  return [
    operation({
      method: 'get',
      path: '/webhooks',
      needs: 'configuration:read',
      tag,
      summary: 'List webhook endpoints',
      query: pageQuery,
      answer: listAnswer('WebhookList', webhookAnswer),
      status: 200,
      problems: [],
      handle: ({ query }) =>
        readPage({
          query,
          position: idPosition,
          positionOf: ({ id }: Endpoint) => ({ id }),
          read: (limit, after) => webhooks.list(limit, after?.id),
          describe: describeWebhook,
        }),
    }),
    operation({
      method: 'post',
      path: '/webhooks',
      needs: 'configuration:change',
      edits: true,
      tag,
      summary: 'Add a webhook endpoint',
      description: 'The answer holds the signing secret, this once.',
      body: newEndpoint,
      answer: createdWebhookAnswer,
      status: 201,
      problems: [],
      async handle({ body, edit, reason, given }) {
        const { endpoint, secret } = await webhooks.create(body, editOf({ edit, reason }), given.secret);
        return { ...describeWebhook(endpoint), secret: secret.reveal() };
      },
    }),
    operation({
      method: 'get',
      path: '/webhooks/{webhook}',
      needs: 'configuration:read',
      tag,
      summary: 'Read a webhook endpoint',
      answer: webhookAnswer,
      status: 200,
      problems: ['not_found'],
      handle: async ({ param }) => describeWebhook(await find(param('webhook'))),
    }),
    operation({
      method: 'patch',
      path: '/webhooks/{webhook}',
      needs: 'configuration:change',
      edits: true,
      tag,
      summary: 'Change a webhook endpoint',
      description:
        'One that is switched off is told nothing; what was pending goes on when it is switched on again.',
      body: endpointChange,
      answer: webhookAnswer,
      status: 200,
      problems: ['not_found'],
      async handle({ param, body, edit, reason }) {
        const before = await find(param('webhook'));
        const theirs = async () => describeWebhook(await find(before.id));
        const work = async () => webhooks.change(before.id, body, editOf({ edit, reason, body }, before));
        return describeWebhook(await withBothSides(work, { mine: body, theirs }));
      },
    }),
    operation({
      method: 'delete',
      path: '/webhooks/{webhook}',
      needs: 'configuration:change',
      edits: true,
      tag,
      summary: 'Remove a webhook endpoint',
      status: 204,
      problems: ['not_found'],
      async handle({ param, edit, reason }) {
        const before = await find(param('webhook'));
        await webhooks.remove(before.id, editOf({ edit, reason }, before));
      },
    }),
    operation({
      method: 'post',
      path: '/webhooks/{webhook}/secret',
      needs: 'configuration:change',
      edits: true,
      tag,
      summary: 'Replace the signing secret',
      description: 'For a day deliveries are signed with both; the new one is shown this once.',
      answer: webhookSecretAnswer,
      status: 200,
      problems: ['not_found'],
      async handle({ param, edit, reason, given }) {
        const before = await find(param('webhook'));
        const { id } = before;
        const passing = editOf({ edit, reason }, before);
        const { secret, oldUntil } = await webhooks.rotateSecret(id, passing, given.secret);
        return { id, secret: secret.reveal(), old_secret_until: oldUntil.toISOString() };
      },
    }),
    operation({
      method: 'post',
      path: '/webhooks/{webhook}/test',
      needs: 'configuration:change',
      tag,
      summary: 'Send a test to a webhook endpoint',
      description:
        'An event of the type `webhook.test`, to this endpoint alone and whatever types it asks for. It ends a pause. The list of deliveries has the result.',
      answer: sentAnswer,
      status: 200,
      problems: ['not_found', 'conflict'],
      handle: async ({ param }) => ({ event: await webhooks.test(requireWebhookId(param('webhook'))) }),
    }),
    operation({
      method: 'post',
      path: '/webhooks/{webhook}/deliveries/{delivery}/resend',
      needs: 'configuration:change',
      tag,
      summary: 'Send a delivery again',
      description:
        'A delivery is named by its `event`. It is sent as if it were new, with the same `webhook-id`, and ends a pause of the endpoint. One that is pending is due at once.',
      answer: sentAnswer,
      status: 200,
      problems: ['not_found', 'conflict'],
      async handle({ param }) {
        const event = param('delivery');
        if (!isId('evt', event)) throw new Problem('not_found');
        await webhooks.resend(requireWebhookId(param('webhook')), event);
        return { event };
      },
    }),
    operation({
      method: 'get',
      path: '/webhooks/{webhook}/deliveries',
      needs: 'configuration:read',
      tag,
      summary: 'List deliveries, the newest first',
      query: deliveriesQuery,
      answer: listAnswer('WebhookDeliveryList', deliveryAnswer),
      status: 200,
      problems: ['not_found'],
      handle: ({ param, query }) =>
        readPage({
          query,
          position: seqPosition,
          positionOf: ({ seq }: DeliveryRow) => ({ seq }),
          read: (limit, after) =>
            webhooks.deliveries(requireWebhookId(param('webhook')), {
              limit,
              before: after?.seq,
              state: query.state,
            }),
          describe: describeDelivery,
        }),
    }),
  ];
}
