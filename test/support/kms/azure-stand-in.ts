import {
  constants,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomUUID,
} from 'node:crypto';
import { z } from 'zod';
import { signDigest, verifyDigest } from './rsa-pss.ts';
import { type Answer, createThrottle, type StandIn } from './stand-in.ts';

// Azure Key Vault with an RSA key, and the token endpoint of Entra ID with client credentials.

export interface AzureAccount {
  readonly tenant: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** `NAME.vault.azure.net`. */
  readonly vault: string;
  readonly keyName: string;
}

export interface AzureStandIn extends StandIn {
  /** The public part of the newest version, which is no secret. */
  publicKey(): KeyObject;
}

const operation = z.object({ alg: z.string(), value: z.string().optional(), digest: z.string().optional() });
export function createAzureStandIn(account: AzureAccount): AzureStandIn {
  const make = () => ({
    version: randomUUID().replaceAll('-', ''),
    ...generateKeyPairSync('rsa', { modulusLength: 2048 }),
  });
  const versions = [make()];
  const throttled = createThrottle();
  const tokens = new Set<string>();
  const login = 'https://login.microsoftonline.com';
  const refuse = (status: number, code: string, message: string): Answer => ({
    status,
    body: { error: { code, message } },
  });

  const atLogin = (url: string, body: string): Answer => {
    const tenant = `${login}/${account.tenant}`;
    if (url.includes('/discovery/instance'))
      return {
        status: 200,
        body: {
          tenant_discovery_endpoint: `${tenant}/v2.0/.well-known/openid-configuration`,
          metadata: [
            {
              preferred_network: 'login.microsoftonline.com',
              preferred_cache: 'login.microsoftonline.com',
              aliases: ['login.microsoftonline.com'],
            },
          ],
        },
      };
    if (url.includes('/.well-known/openid-configuration'))
      return {
        status: 200,
        body: {
          issuer: `${tenant}/v2.0`,
          authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
          token_endpoint: `${tenant}/oauth2/v2.0/token`,
          end_session_endpoint: `${tenant}/oauth2/v2.0/logout`,
          jwks_uri: `${tenant}/discovery/v2.0/keys`,
        },
      };
    const form = new URLSearchParams(body);
    const right =
      form.get('grant_type') === 'client_credentials' &&
      form.get('client_id') === account.clientId &&
      form.get('client_secret') === account.clientSecret &&
      form.get('scope')?.includes('https://vault.azure.net/.default');
    if (!right) {
      standIn.forged += 1;
      return {
        status: 401,
        body: {
          error: 'invalid_client',
          error_description: 'AADSTS7000215: Invalid client secret provided.',
        },
      };
    }
    const token = randomUUID();
    tokens.add(token);
    standIn.done.push('token');
    return {
      status: 200,
      body: { token_type: 'Bearer', access_token: token, expires_in: 3600, ext_expires_in: 3600 },
    };
  };

  const standIn: AzureStandIn = {
    mood: 'well',
    done: [],
    forged: 0,
    rotate: () => void versions.push(make()),
    publicKey: () => (versions.at(-1) ?? make()).publicKey,
    answer({ host, url, headers, body }) {
      if (host === 'login.microsoftonline.com') return atLogin(url, body);
      const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
      if (!bearer || !tokens.has(bearer)) {
        if (bearer) standIn.forged += 1;
        const challenge = `Bearer authorization="${login}/${account.tenant}", resource="https://vault.azure.net"`;
        const { body: unauthorized } = refuse(
          401,
          'Unauthorized',
          'AKV10000: Request is missing a Bearer or PoP token.',
        );
        return { status: 401, headers: { 'www-authenticate': challenge }, body: unauthorized };
      }
      if (standIn.mood === 'down') return refuse(503, 'ServiceUnavailable', 'The service is unavailable.');
      if (throttled(standIn))
        return { ...refuse(429, 'Throttled', 'Request was not processed'), headers: { 'retry-after': '0' } };
      const [, , name, wanted, what] = (url.split('?')[0] ?? '').split('/');
      if (name !== account.keyName)
        return refuse(404, 'KeyNotFound', `A key with (name/id) ${name} was not found.`);
      const key = wanted ? versions.find(({ version }) => version === wanted) : versions.at(-1);
      if (!key) return refuse(404, 'KeyNotFound', 'this version was not found');
      const kid = `https://${account.vault}/keys/${name}/${key.version}`;
      standIn.done.push(what || 'get');
      if (!what) {
        const jwk = key.publicKey.export({ format: 'jwk' });
        const ops = ['wrapKey', 'unwrapKey', 'sign', 'verify'];
        return { status: 200, body: { key: { ...jwk, kid, key_ops: ops }, attributes: { enabled: true } } };
      }
      if (standIn.mood === 'refusing')
        return refuse(403, 'Forbidden', 'Operation is not allowed on a disabled key.');
      const { alg, value = '', digest = '' } = operation.parse(JSON.parse(body));
      return rsaOperation({ what, alg, value, digest, kid, key });
    },
  };
  return standIn;
}

interface RsaOperation {
  readonly what: string;
  readonly alg: string;
  readonly value: string;
  readonly digest: string;
  readonly kid: string;
  readonly key: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
}

function rsaOperation({ what, alg, value, digest, kid, key }: RsaOperation): Answer {
  const bytes = Buffer.from(value, 'base64url');
  const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const done = (result: Buffer) => ({ status: 200, body: { kid, value: result.toString('base64url') } });
  try {
    switch (`${what} ${alg}`) {
      case 'wrapkey RSA-OAEP-256':
        return done(publicEncrypt({ key: key.publicKey, ...oaep }, bytes));
      case 'unwrapkey RSA-OAEP-256':
        return done(privateDecrypt({ key: key.privateKey, ...oaep }, bytes));
      case 'sign PS256':
        return done(signDigest(key.privateKey, bytes));
      case 'verify PS256':
        return {
          status: 200,
          body: { value: verifyDigest(key.publicKey, Buffer.from(digest, 'base64url'), bytes) },
        };
    }
  } catch {
    return { status: 400, body: { error: { code: 'BadParameter', message: `${what} failed.` } } };
  }
  return { status: 400, body: { error: { code: 'BadParameter', message: `${what} ${alg} is not known` } } };
}
