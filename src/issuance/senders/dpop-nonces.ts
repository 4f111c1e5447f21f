import { hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Keyring } from '../../kit/keys/keyring.ts';
import { systemTime } from '../system-time.ts';

/** The nonces of DPoP proofs (RFC 9449 sections 8 and 9). */
export interface DpopNonces {
  /** Returns the nonce for a client's next proof. */
  next(): string;
  /** Returns whether this is a nonce of the last minutes. */
  isFresh(nonce: string): boolean;
}

/** Returns the secret of the nonces, which all processes with the same encryption keys have. */
export function nonceSecret(keyring: Pick<Keyring, 'derive'>): Buffer {
  const [secret] = keyring.derive('dpop-nonces');
  if (!secret) throw new Error('a keyring needs at least one key');
  return secret;
}

/** Seconds. */
const step = 60;
/** The position of `next` among the five nonces that count. */
const nextAt = 3;

/**
 * Returns the nonces that oidc-provider makes from the same secret (`helpers/challenge.js`), so that a client can use one of
 * the token endpoint at the APIs and the reverse: clients keep one nonce for each origin. Every process makes the same ones.
 * A nonce counts for three to four minutes.
 */
export function createDpopNonces(secret: Buffer): DpopNonces {
  let madeAt: number | undefined;
  let fresh: readonly string[] = [];

  function current(): readonly string[] {
    const now = Math.floor(systemTime().getTime() / 1000 / step);
    if (now !== madeAt) {
      madeAt = now;
      fresh = [-2, -1, 0, 1, 2].map((offset) => nonceOf(secret, now + offset));
    }
    return fresh;
  }

  return {
    next: () => current()[nextAt] ?? '',
    isFresh: (nonce) => current().some((one) => isSame(one, nonce)),
  };
}

function nonceOf(secret: Buffer, at: number): string {
  const salt = Buffer.alloc(8);
  salt.writeBigUInt64BE(BigInt(at));
  return Buffer.from(hkdfSync('sha256', secret, salt, 'DPoP', 32)).toString('base64url');
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
