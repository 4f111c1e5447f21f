import { bytesOf, type Kms, KmsError, type KmsFailure, vendorClient, wordsOf } from './kms.ts';

type Package = typeof import('@aws-sdk/client-kms');
const packages = '@aws-sdk/client-kms@3.1164.0';

export interface AwsKmsOptions {
  readonly keys: Kms['keys'];
  readonly load?: () => Promise<Package>;
}

/**
 * AWS KMS with symmetric keys, by ARN or alias. Region and credentials come from the SDK's own chain: environment, web
 * identity, container, instance. The context is the encryption context, which CloudTrail shows.
 */
export function createAwsKms({ keys, load = () => import('@aws-sdk/client-kms') }: AwsKmsOptions): Kms {
  const connect = vendorClient(packages, async () => {
    const { KMSClient, EncryptCommand, DecryptCommand } = await load();
    const clients = new Map<string | undefined, InstanceType<typeof KMSClient>>();
    const clientFor = (key: string) => {
      const region = /^arn:[^:]+:kms:([^:]+):/.exec(key)?.[1];
      const client = clients.get(region) ?? new KMSClient({ maxAttempts: 3, ...(region && { region }) });
      clients.set(region, client);
      return client;
    };
    return { clientFor, EncryptCommand, DecryptCommand };
  });
  const contextOf = (context: string) => ({ symbolon: context });

  return {
    name: 'aws-kms',
    setting: 'AWS_KMS_KEY',
    keys,
    async wrap(KeyId, Plaintext, context) {
      const { clientFor, EncryptCommand } = await connect();
      const command = new EncryptCommand({ KeyId, Plaintext, EncryptionContext: contextOf(context) });
      return bytesOf((await told(clientFor(KeyId).send(command))).CiphertextBlob);
    },
    async unwrap(KeyId, CiphertextBlob, context) {
      const { clientFor, DecryptCommand } = await connect();
      // With the key's name, AWS refuses bytes that another key made.
      const command = new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext: contextOf(context) });
      return bytesOf((await told(clientFor(KeyId).send(command))).Plaintext);
    },
  };
}

const temporary =
  /Throttl|TooManyRequests|LimitExceeded|Timeout|KMSInternal|KeyUnavailable|ServiceUnavailable/i;

async function told<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    const { name = '', $metadata } = cause as { name?: string; $metadata?: { httpStatusCode?: number } };
    const status = $metadata?.httpStatusCode;
    const refused =
      !temporary.test(name) && (status === undefined ? /Credentials/i.test(name) : status < 500);
    const failure: KmsFailure = refused ? 'refused' : 'retry';
    throw new KmsError(failure, `${name || 'error'}: ${wordsOf(cause)}`, { cause });
  }
}
