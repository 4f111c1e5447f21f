import { bytesOf, type Kms, KmsError, vendorClient, wordsOf } from './kms.ts';

type Package = typeof import('@google-cloud/kms');
const packages = '@google-cloud/kms@6.3.0';

export interface GcpKmsOptions {
  readonly keys: Kms['keys'];
  /** `host` or `host:port` of a private endpoint. */
  readonly endpoint?: string | undefined;
  readonly load?: () => Promise<Package>;
}

/**
 * Google Cloud KMS with symmetric keys, over HTTP. The credentials are the application default ones. The context is the
 * additional authenticated data.
 */
export function createGcpKms({
  keys,
  endpoint,
  load = () => import('@google-cloud/kms'),
}: GcpKmsOptions): Kms {
  const connect = vendorClient(packages, async () => {
    const { KeyManagementServiceClient } = await load();
    const [apiEndpoint, port] = endpoint?.split(':') ?? [];
    return new KeyManagementServiceClient({
      fallback: true,
      ...(apiEndpoint && { apiEndpoint }),
      ...(port && { port: Number(port) }),
    });
  });
  const about = (name: string, context: string) => ({
    name,
    additionalAuthenticatedData: Buffer.from(context, 'utf8'),
  });

  return {
    name: 'gcp-kms',
    setting: 'GCP_KMS_KEY',
    keys,
    async wrap(key, plaintext, context) {
      const client = await connect();
      const [answer] = await told(client.encrypt({ ...about(key, context), plaintext }));
      return bytesOf(answer.ciphertext);
    },
    async unwrap(key, ciphertext, context) {
      const client = await connect();
      const [answer] = await told(client.decrypt({ ...about(key, context), ciphertext }));
      return bytesOf(answer.plaintext);
    },
  };
}

/** Codes of gRPC: invalid argument, not found, permission denied, failed precondition, unauthenticated. */
const refusals = [3, 5, 7, 9, 16];

async function told<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    const { code } = cause as { code?: unknown };
    const refused = refusals.includes(Number(code)) || [400, 401, 403, 404].includes(Number(code));
    throw new KmsError(refused ? 'refused' : 'retry', wordsOf(cause), { cause });
  }
}
