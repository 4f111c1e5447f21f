import { z } from 'zod';
import { type Answer, createThrottle, createVersionedKey, type StandIn } from './stand-in.ts';

// The transit engine of HashiCorp Vault, at /v1/transit.

export interface VaultAccount {
  readonly token: string;
  readonly namespace: string | undefined;
  readonly key: string;
}

const body = z.object({
  plaintext: z.string().optional(),
  ciphertext: z.string().optional(),
  associated_data: z.string().default(''),
});

export function createVaultStandIn(account: VaultAccount): StandIn & { token: string } {
  const key = createVersionedKey();
  const throttled = createThrottle();
  const refuse = (status: number, ...errors: string[]): Answer => ({ status, body: { errors } });

  const standIn: StandIn & { token: string } = {
    token: account.token,
    mood: 'well',
    done: [],
    forged: 0,
    rotate: key.rotate,
    answer({ method, url, headers, body: text }) {
      if (standIn.mood === 'down') return refuse(503, 'Vault is sealed');
      const known = headers['x-vault-token'] === standIn.token && headers['x-vault-request'] === 'true';
      if (!known || headers['x-vault-namespace'] !== account.namespace) {
        standIn.forged += 1;
        return refuse(403, 'permission denied');
      }
      if (throttled(standIn)) return refuse(429, 'request path "transit": rate limit quota exceeded');
      const [, operation, name] = /^\/v1\/transit\/(encrypt|decrypt)\/([^/]+)$/.exec(url) ?? [];
      if (method !== 'POST' || name !== account.key)
        return refuse(403, '1 error occurred: permission denied');
      if (standIn.mood === 'refusing') return refuse(400, 'encryption key not found');
      const input = body.parse(JSON.parse(text));
      standIn.done.push(operation ?? '');
      if (operation === 'encrypt') {
        const sealed = key.seal(Buffer.from(input.plaintext ?? '', 'base64'), input.associated_data);
        const ciphertext = `vault:v${key.version()}:${sealed.toString('base64')}`;
        return { status: 200, body: { request_id: '1', data: { ciphertext, key_version: key.version() } } };
      }
      const sealed = Buffer.from(input.ciphertext?.split(':')[2] ?? '', 'base64');
      const opened = key.open(sealed, input.associated_data);
      if (!opened) return refuse(400, 'cipher: message authentication failed');
      return { status: 200, body: { request_id: '2', data: { plaintext: opened.toString('base64') } } };
    },
  };
  return standIn;
}
