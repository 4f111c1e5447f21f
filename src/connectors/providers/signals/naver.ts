import { createDecipheriv, createHash, createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Secret } from '../../../kit/secret.ts';
import type { SignalTraits } from '../../contract/signal.ts';
import { mustEqual } from '../../contract/signed-message.ts';

const message = z.object({
  clientId: z.string(),
  encryptUniqueId: z.string().max(512),
  timestamp: z.string().regex(/^\d{1,12}$/),
  signature: z.string(),
});

/** The message that a person disconnected the app or closed their Naver account. */
export const naverSignals: SignalTraits = {
  about:
    'Enter it as 연결끊기 Callback URL, under API 설정. Naver signs the message with the client secret and sends it once, without retries.',
  methods: ['POST'],
  read({ request: { query, body }, registration: { clientId, clientSecret } }) {
    // Documented as a form, but the examples show a query.
    const said = message.parse(Object.fromEntries([...query, ...new URLSearchParams(body)]));
    if (said.clientId !== clientId) throw new Error('the message is about another app');
    const key = keyOf(clientSecret);
    const { encryptUniqueId, timestamp, signature } = said;
    const signed = `clientId=${clientId}&encryptUniqueId=${encryptUniqueId}&timestamp=${timestamp}`;
    const given = Buffer.from(signature, 'base64').toString('base64url');
    mustEqual(createHmac('sha256', key).update(signed).digest('base64url'), given);
    return {
      signals: [
        {
          id: signature,
          subject: decrypted(encryptUniqueId, key),
          at: new Date(Number(timestamp) * 1000),
          means: { kind: 'grant-dead', reason: 'revoked_by_user' },
        },
      ],
      answer: () => ({ status: 204 }),
    };
  },
};

/** Returns Naver's key for both the signature and the encryption. @throws Error without a secret */
function keyOf(clientSecret: Secret | undefined): Buffer {
  if (!clientSecret) throw new Error('the connection has no secret to verify this with');
  return createHash('md5').update(clientSecret.reveal()).digest();
}

/** Decrypts AES-128-CBC with the initialization vector in front. @throws Error */
function decrypted(encrypted: string, key: Buffer): string {
  const bytes = Buffer.from(encrypted, 'base64');
  const decipher = createDecipheriv('aes-128-cbc', key, bytes.subarray(0, 16));
  return Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]).toString();
}
