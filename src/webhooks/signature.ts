import { createHmac, randomBytes } from 'node:crypto';
import { Secret } from '../kit/secret.ts';

// Standard Webhooks 1.0, symmetric signatures (`v1`): https://www.standardwebhooks.com

export interface Message {
  /** The same for every attempt, so that the receiver can detect a repetition. */
  readonly id: string;
  readonly sentAt: Date;
  readonly body: string;
}

const prefix = 'whsec_';

export function newSigningSecret(): Secret {
  return new Secret(prefix + randomBytes(32).toString('base64'));
}

/** Returns the headers of a message, signed with each of the secrets. */
export function signedHeaders(message: Message, secrets: readonly Secret[]): Record<string, string> {
  const timestamp = Math.floor(message.sentAt.getTime() / 1000);
  const content = `${message.id}.${timestamp}.${message.body}`;
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': secrets.map((secret) => `v1,${hmac(secret, content)}`).join(' '),
  };
}

function hmac(secret: Secret, content: string): string {
  const key = Buffer.from(secret.reveal().slice(prefix.length), 'base64');
  return createHmac('sha256', key).update(content).digest('base64');
}
