import { createPublicKey, verify } from 'node:crypto';
import { z } from 'zod';
import type { OptionTrait } from '../../contract/options.ts';
import type { SignalTraits } from '../../contract/signal.ts';
import { mustBeRecent } from '../../contract/signed-message.ts';

export const publicKeyOption: OptionTrait = {
  about:
    'The public key on the general page of the application. It verifies the signatures of webhook events.',
  pattern: /^[0-9a-f]{64}$/,
};

const message = z.object({
  type: z.int(),
  event: z
    .object({
      type: z.string(),
      timestamp: z.string(),
      data: z.object({ user: z.object({ id: z.string().min(1) }) }).optional(),
    })
    .optional(),
});

/**
 * Webhook events, signed with Ed25519 over timestamp and body. Discord sends wrong signatures as a test, and removes
 * addresses that accept them.
 */
export const discordSignals: SignalTraits = {
  about:
    'Enter it under _Webhooks_ of the application as the endpoint, with the event _Application Deauthorized_. First enter the application’s public key here as option `public_key`, because Discord tests the address at once.',
  methods: ['POST'],
  read({ request: { headers, body }, registration, now }) {
    const timestamp = headers.get('x-signature-timestamp') ?? '';
    const signature = Buffer.from(headers.get('x-signature-ed25519') ?? '', 'hex');
    const key = publicKey(registration.options.public_key ?? '');
    if (!verify(null, Buffer.from(timestamp + body), key, signature))
      throw new Error('the signature is wrong');
    mustBeRecent(timestamp, now);
    const { event } = message.parse(JSON.parse(body));
    const answer = () => ({ status: 204 });
    const { user } = event?.data ?? {};
    if (event?.type !== 'APPLICATION_DEAUTHORIZED' || !user) return { signals: [], answer };
    const at = new Date(event.timestamp);
    const means = { kind: 'grant-dead', reason: 'app_removed' } as const;
    return { signals: [{ id: `${user.id} ${event.timestamp}`, subject: user.id, at, means }], answer };
  },
};

function publicKey(hex: string) {
  const x = Buffer.from(hex, 'hex').toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}
