/** The key management services, by the names that KEY_PROVIDER takes. */
export const kmsNames = ['aws-kms', 'gcp-kms', 'azure-key-vault', 'vault-transit', 'pkcs11'] as const;
export type KmsName = (typeof kmsNames)[number];

/**
 * A key management service whose keys never leave it. It wraps intermediate keys: a few calls at a start
 * and one or two a month after that. No retrieval calls it.
 */
export interface Kms {
  readonly name: KmsName;
  /** The name of the setting that names the key. */
  readonly setting: string;
  /**
   * The configured names of its keys. The first one wraps. A key that is not named unwraps nothing, although a row of the
   * database names it: it may belong to another party.
   */
  readonly keys: readonly [string, ...string[]];
  /** Wraps 32 bytes. A writer of the database alone cannot make bytes that `unwrap` accepts. @throws KmsError */
  wrap(key: string, plaintext: Uint8Array, context: string): Promise<Uint8Array>;
  /** Unwraps the bytes that `wrap` made for this context, under an older version of the key too. @throws KmsError */
  unwrap(key: string, wrapped: Uint8Array, context: string): Promise<Uint8Array>;
}

/** `retry`: the service may answer later. `refused`: an operator has to change something. */
export type KmsFailure = 'retry' | 'refused';

/** A failed call. Its message is for the operator and contains no key. */
export class KmsError extends Error {
  override readonly name = 'KmsError';
  readonly failure: KmsFailure;

  constructor(failure: KmsFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

const longestText = 300;

/** Returns the words of a service or a library, shortened to one line. */
export function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').trim().slice(0, longestText) || 'no reason was given';
}

/** Splits the names of a setting, the one that wraps first. */
export function namesIn(setting: string): readonly string[] {
  return setting.split(',').flatMap((name) => name.trim() || []);
}

/**
 * Returns a function that loads a vendor's package at the first call, and makes the client from it.
 * @throws KmsError with the package to install
 */
export function vendorClient<Client>(packages: string, make: () => Promise<Client>): () => Promise<Client> {
  let client: Promise<Client> | undefined;
  return () => {
    client ??= make().catch((cause: unknown) => {
      client = undefined;
      const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
      const absent = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
      const remedy = `needs the package ${packages}, which is not part of Symbolon: run \`npm install --no-save ${packages}\``;
      throw new KmsError('refused', absent ? remedy : wordsOf(cause), { cause });
    });
    return client;
  };
}

/** The bytes of an answer. @throws KmsError when the service left them out */
export function bytesOf(value: Uint8Array | string | null | undefined): Uint8Array {
  if (value === null || value === undefined) throw new KmsError('retry', 'the answer has no bytes');
  return typeof value === 'string' ? Buffer.from(value, 'base64') : value;
}
