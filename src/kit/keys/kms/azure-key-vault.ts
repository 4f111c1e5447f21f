import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Kms, KmsError, vendorClient, wordsOf } from './kms.ts';

interface Packages {
  readonly identity: typeof import('@azure/identity');
  readonly keys: typeof import('@azure/keyvault-keys');
}
const packages = '@azure/keyvault-keys@4.10.2 @azure/identity@4.14.1';

export interface AzureKeyVaultOptions {
  /** Addresses of keys: `https://name.vault.azure.net/keys/name`. */
  readonly keys: Kms['keys'];
  readonly load?: () => Promise<Packages>;
}

const stored = z.object({
  version: z.string().regex(/^[0-9a-zA-Z]{1,64}$/),
  wrapped: z.base64url(),
  signature: z.base64url(),
});

/**
 * Azure Key Vault with RSA keys, by the default credential. A vault has no symmetric keys, and RSA-OAEP authenticates
 * neither its maker nor a context: the public key wraps too. The same key therefore signs the wrapped bytes together with
 * their context.
 */
export function createAzureKeyVault({ keys, load = loadPackages }: AzureKeyVaultOptions): Kms {
  const connect = vendorClient(packages, async () => {
    const { identity, keys: vault } = await load();
    const credential = new identity.DefaultAzureCredential();
    return {
      /** Returns the address of the key's newest version. */
      async newest(key: string): Promise<string> {
        const { id } = await new vault.KeyClient(new URL(key).origin, credential).getKey(nameIn(key));
        if (!id) throw new KmsError('retry', 'the answer names no version of the key');
        return id;
      },
      use: (version: string) => new vault.CryptographyClient(version, credential),
    };
  });

  return {
    name: 'azure-key-vault',
    setting: 'AZURE_KEY_VAULT_KEY',
    keys,
    async wrap(key, plaintext, context) {
      const { newest, use } = await connect();
      return await told(async () => {
        const address = await newest(key);
        const client = use(address);
        const { result: wrapped } = await client.wrapKey('RSA-OAEP-256', plaintext);
        const { result: signature } = await client.sign('PS256', signed(wrapped, context));
        const made: z.infer<typeof stored> = {
          version: address.split('/').at(-1) ?? '',
          wrapped: Buffer.from(wrapped).toString('base64url'),
          signature: Buffer.from(signature).toString('base64url'),
        };
        return Buffer.from(JSON.stringify(made));
      });
    },
    async unwrap(key, bytes, context) {
      const { version, ...texts } = read(bytes);
      const { use } = await connect();
      return await told(async () => {
        const client = use(`${new URL(key).origin}/keys/${nameIn(key)}/${version}`);
        const wrapped = Buffer.from(texts.wrapped, 'base64url');
        const signature = Buffer.from(texts.signature, 'base64url');
        const { result: genuine } = await client.verify('PS256', signed(wrapped, context), signature);
        if (!genuine) throw new KmsError('refused', 'the signature of the wrapped key is wrong');
        return (await client.unwrapKey('RSA-OAEP-256', wrapped)).result;
      });
    },
  };
}

async function loadPackages(): Promise<Packages> {
  return { identity: await import('@azure/identity'), keys: await import('@azure/keyvault-keys') };
}

/** Returns the digest that the key signs. */
function signed(wrapped: Uint8Array, context: string): Uint8Array {
  return createHash('sha256').update(`${context}|`).update(wrapped).digest();
}

function nameIn(key: string): string {
  return new URL(key).pathname.split('/')[2] ?? '';
}

function read(bytes: Uint8Array): z.infer<typeof stored> {
  try {
    return stored.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new KmsError('refused', 'the wrapped key is damaged', { cause });
  }
}

async function told<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof KmsError) throw cause;
    const { name = '', code, statusCode } = cause as { name?: string; code?: string; statusCode?: number };
    const refused =
      statusCode === undefined
        ? name === 'CredentialUnavailableError' || name === 'AggregateAuthenticationError'
        : statusCode < 500 && statusCode !== 408 && statusCode !== 429;
    const words = code ? `${code}: ${wordsOf(cause)}` : wordsOf(cause);
    throw new KmsError(refused ? 'refused' : 'retry', words, { cause });
  }
}
