import { z } from 'zod';
import type { Signal, SignalTraits } from '../../contract/signal.ts';
import { hmac, mustEqual } from '../../contract/signed-message.ts';

const message = z.object({
  events: z.array(
    z.object({
      type: z.string(),
      webhookEventId: z.string().optional(),
      timestamp: z.int(),
      source: z.object({ userId: z.string().optional() }).optional(),
    }),
  ),
});

/**
 * The webhook of a Messaging API channel of the same LINE provider, where a person has the same id. No event reports a
 * revoked permission. A person who unfollows the official account may have revoked it, so the grant is checked.
 */
export const lineSignals: SignalTraits = {
  about:
    'Enter it as the Webhook URL of a Messaging API channel under the same provider. The option `webhook_secret` is the secret of that channel.',
  methods: ['POST'],
  read({ request: { headers, body }, registration }) {
    mustEqual(
      hmac(registration.secrets.webhook_secret, body).toString('base64'),
      headers.get('x-line-signature'),
    );
    const { events } = message.parse(JSON.parse(body));
    const signals = events.flatMap(({ type, webhookEventId, timestamp, source }): Signal[] => {
      const subject = source?.userId;
      if (type !== 'unfollow' || subject === undefined) return [];
      return [
        { id: webhookEventId ?? `${subject} ${timestamp}`, subject, at: undefined, means: { kind: 'doubt' } },
      ];
    });
    return { signals, answer: () => ({ status: 200, json: {} }) };
  },
};
