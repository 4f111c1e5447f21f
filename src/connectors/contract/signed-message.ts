import { createHmac } from 'node:crypto';
import { Secret } from '../../kit/secret.ts';
import type { OptionTrait } from './options.ts';

// Checks that several providers' message signatures have in common.

export const webhookSecretOption: OptionTrait = {
  about: 'The secret with which the provider signs the messages it sends to the signals address.',
  secret: true,
};

/** Returns the HMAC-SHA256 in hexadecimal. @throws Error without a secret */
export function hmacHex(secret: Secret | undefined, message: string): string {
  return hmac(secret, message).toString('hex');
}

/** Returns the HMAC-SHA256. @throws Error without a secret */
export function hmac(secret: Secret | undefined, message: string): Buffer {
  if (!secret) throw new Error('the connection has no secret to verify this with');
  return createHmac('sha256', secret.reveal()).update(message).digest();
}

/** Compares in constant time. @throws Error if the texts differ */
export function mustEqual(expected: string, given: string | null | undefined): void {
  if (!new Secret(expected).equals(given ?? '')) throw new Error('the signature is wrong');
}

/**
 * Refuses a replayed message. `seconds`: its time since 1970, as text. @throws Error if it is too old or in the future
 */
export function mustBeRecent(seconds: string | null, now: Date, mostSeconds = 300): void {
  const age = Math.abs(now.getTime() / 1000 - Number(seconds || Number.NaN));
  if (!(age <= mostSeconds)) throw new Error('the message is not of this time');
}
