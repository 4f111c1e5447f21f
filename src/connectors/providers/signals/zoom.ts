import { z } from 'zod';
import type { SignalTraits } from '../../contract/signal.ts';
import { hmacHex, mustBeRecent, mustEqual } from '../../contract/signed-message.ts';

const message = z.object({
  event: z.string(),
  payload: z.object({
    plainToken: z.string().max(256).optional(),
    user_id: z.string().optional(),
    client_id: z.string().optional(),
    deauthorization_time: z.string().optional(),
  }),
});

/** The event `app_deauthorized`, and the handshake by which Zoom tests that the address has the secret. */
export const zoomSignals: SignalTraits = {
  about:
    'Enter it under _Access → Event notification endpoint_ of the app, with the event _App deauthorized_. First enter the app’s secret token here as option `webhook_secret`, because Zoom tests the address at once.',
  methods: ['POST'],
  read({ request: { headers, body }, registration, now }) {
    const secret = registration.secrets.webhook_secret;
    const timestamp = headers.get('x-zm-request-timestamp');
    mustEqual(`v0=${hmacHex(secret, `v0:${timestamp}:${body}`)}`, headers.get('x-zm-signature'));
    mustBeRecent(timestamp, now);
    const { event, payload } = message.parse(JSON.parse(body));
    const { plainToken, user_id: subject, client_id: clientId, deauthorization_time: when } = payload;
    if (event === 'endpoint.url_validation' && plainToken !== undefined) {
      const json = { plainToken, encryptedToken: hmacHex(secret, plainToken) };
      return { signals: [], answer: () => ({ status: 200, json }) };
    }
    const answer = () => ({ status: 200, json: {} });
    const mine = event === 'app_deauthorized' && clientId === registration.clientId;
    if (!mine || subject === undefined || when === undefined) return { signals: [], answer };
    const means = { kind: 'grant-dead', reason: 'app_removed' } as const;
    return { signals: [{ id: `${subject} ${when}`, subject, at: new Date(when), means }], answer };
  },
};
