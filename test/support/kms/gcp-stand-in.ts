import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { z } from 'zod';
import { type Answer, createThrottle, createVersionedKey, type StandIn } from './stand-in.ts';

// Google Cloud KMS over HTTP, and the token endpoint of Google's OAuth. A bearer is either a token from an assertion
// (RFC 7523) or a JWT that the service account signed itself.

export interface GcpAccount {
  readonly email: string;
  readonly publicKey: string;
  readonly keyName: string;
}

const claims = z.object({
  iss: z.string(),
  aud: z.string().optional(),
  scope: z.string().optional(),
  exp: z.number(),
});
const body = z.object({
  plaintext: z.string().optional(),
  ciphertext: z.string().optional(),
  additionalAuthenticatedData: z.string().default(''),
});

export function createGcpStandIn(account: GcpAccount): StandIn {
  const key = createVersionedKey();
  const throttled = createThrottle();
  const tokens = new Set<string>();

  const claimsOf = (jwt: string) => {
    const [head = '', payload = '', signature = ''] = jwt.split('.');
    const signed = Buffer.from(`${head}.${payload}`);
    const right = verify(
      'RSA-SHA256',
      signed,
      createPublicKey(account.publicKey),
      Buffer.from(signature, 'base64url'),
    );
    const found = right && claims.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString())).data;
    return found && found.iss === account.email && found.exp > Date.now() / 1000 ? found : undefined;
  };
  const refuse = (code: number, status: string, message: string): Answer => ({
    status: code,
    body: { error: { code, status, message } },
  });

  const standIn: StandIn = {
    mood: 'well',
    done: [],
    forged: 0,
    rotate: key.rotate,
    answer(asked) {
      if (asked.host === 'oauth2.googleapis.com') {
        const assertion = new URLSearchParams(asked.body).get('assertion') ?? '';
        const asserted = claimsOf(assertion);
        if (!asserted) {
          standIn.forged += 1;
          return {
            status: 400,
            body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' },
          };
        }
        const token = randomUUID();
        tokens.add(token);
        standIn.done.push('token');
        return { status: 200, body: { access_token: token, token_type: 'Bearer', expires_in: 3600 } };
      }
      if (standIn.mood === 'down') return refuse(503, 'UNAVAILABLE', 'The service is currently unavailable.');
      const bearer = /^Bearer (.+)$/.exec(asked.headers.authorization ?? '')?.[1] ?? '';
      const own = bearer.includes('.') ? claimsOf(bearer) : undefined;
      if (!tokens.has(bearer) && !own) {
        standIn.forged += 1;
        return refuse(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
      }
      if (throttled(standIn)) return refuse(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded');
      if (standIn.mood === 'refusing')
        return refuse(400, 'FAILED_PRECONDITION', `${account.keyName} is not enabled.`);
      const [, name, operation] = /^\/v1\/([^:?]+):(encrypt|decrypt)/.exec(asked.url) ?? [];
      if (name !== account.keyName)
        return refuse(403, 'PERMISSION_DENIED', 'Permission denied on this resource (or it may not exist).');
      const input = body.parse(JSON.parse(asked.body));
      standIn.done.push(operation ?? '');
      if (operation === 'encrypt') {
        const sealed = key.seal(
          Buffer.from(input.plaintext ?? '', 'base64'),
          input.additionalAuthenticatedData,
        );
        const version = `${name}/cryptoKeyVersions/${key.version()}`;
        return { status: 200, body: { name: version, ciphertext: sealed.toString('base64') } };
      }
      const opened = key.open(
        Buffer.from(input.ciphertext ?? '', 'base64'),
        input.additionalAuthenticatedData,
      );
      if (!opened) return refuse(400, 'INVALID_ARGUMENT', 'Decryption failed');
      return { status: 200, body: { plaintext: opened.toString('base64') } };
    },
  };
  return standIn;
}
