import { z } from 'zod';
import { createOutbound, OutboundError } from '../../outbound.ts';
import type { Secret } from '../../secret.ts';
import { type Kms, KmsError, wordsOf } from './kms.ts';

export interface VaultTransitOptions {
  readonly keys: Kms['keys'];
  /** VAULT_ADDR. */
  readonly address: string;
  readonly mount: string;
  readonly namespace: string | undefined;
  /** Returns the token. It is read before each call, since Vault Agent replaces the file that holds it. */
  readonly token: () => Promise<Secret>;
}

const answers = z.object({
  data: z.object({ ciphertext: z.string().optional(), plaintext: z.string().optional() }).optional(),
  errors: z.array(z.string()).optional(),
});

/**
 * HashiCorp Vault's transit engine with a key of an authenticated cipher (aes256-gcm96). There is no official package for
 * Node.js, and the two calls are plain JSON, so the guarded client makes them. The context is the associated data.
 */
export function createVaultTransit(options: VaultTransitOptions): Kms {
  const base = new URL(options.address);
  // The operator named this host, which is mostly a private one.
  const outbound = createOutbound({ allowedPrivateHosts: [base.host] });

  const call = async (path: string, body: Readonly<Record<string, string>>) => {
    const url = new URL(`v1/${options.mount}/${path}`, base.href.replace(/\/?$/, '/'));
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      'x-vault-request': 'true',
      'x-vault-token': (await options.token()).reveal(),
      ...(options.namespace && { 'x-vault-namespace': options.namespace }),
    };
    const response = await reached(
      outbound.fetch(url, { method: 'POST', headers, body: JSON.stringify(body) }),
    );
    const answer = answers.safeParse(await response.json().catch(() => undefined)).data;
    if (response.ok && answer?.data) return answer.data;
    const words = answer?.errors?.join('; ') || 'no reason was given';
    // 412 and 473 come from standby nodes, 503 from a sealed Vault.
    const later = response.status >= 500 || [412, 429, 473].includes(response.status) || response.ok;
    throw new KmsError(later ? 'retry' : 'refused', `${response.status}: ${wordsOf(words)}`);
  };
  const associated = (context: string) => Buffer.from(context, 'utf8').toString('base64');

  return {
    name: 'vault-transit',
    setting: 'VAULT_TRANSIT_KEY',
    keys: options.keys,
    async wrap(key, plaintext, context) {
      const { ciphertext } = await call(`encrypt/${encodeURIComponent(key)}`, {
        plaintext: Buffer.from(plaintext).toString('base64'),
        associated_data: associated(context),
      });
      if (!ciphertext) throw new KmsError('retry', 'the answer has no ciphertext');
      return Buffer.from(ciphertext, 'utf8');
    },
    async unwrap(key, wrapped, context) {
      const { plaintext } = await call(`decrypt/${encodeURIComponent(key)}`, {
        ciphertext: Buffer.from(wrapped).toString('utf8'),
        associated_data: associated(context),
      });
      if (!plaintext) throw new KmsError('retry', 'the answer has no plaintext');
      return Buffer.from(plaintext, 'base64');
    },
  };
}

async function reached(response: Promise<Response>): Promise<Response> {
  try {
    return await response;
  } catch (cause) {
    if (!(cause instanceof OutboundError)) throw cause;
    throw new KmsError('retry', cause.message, { cause });
  }
}
