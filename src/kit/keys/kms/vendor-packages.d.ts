// The parts of the vendors' packages that this folder calls. The packages are optional: an operator installs the one that
// KEY_PROVIDER needs, so their own types are not at hand. docs/keys.md has the versions.

declare module '@aws-sdk/client-kms' {
  interface Settings {
    readonly region?: string;
    readonly maxAttempts?: number;
  }
  interface EncryptInput {
    readonly KeyId: string;
    readonly Plaintext: Uint8Array;
    readonly EncryptionContext: Readonly<Record<string, string>>;
  }
  interface DecryptInput {
    readonly KeyId: string;
    readonly CiphertextBlob: Uint8Array;
    readonly EncryptionContext: Readonly<Record<string, string>>;
  }
  export class EncryptCommand {
    constructor(input: EncryptInput);
    readonly input: EncryptInput;
  }
  export class DecryptCommand {
    constructor(input: DecryptInput);
    readonly input: DecryptInput;
  }
  export class KMSClient {
    constructor(settings: Settings);
    send(command: EncryptCommand): Promise<{ readonly CiphertextBlob?: Uint8Array }>;
    send(command: DecryptCommand): Promise<{ readonly Plaintext?: Uint8Array }>;
  }
}

declare module '@google-cloud/kms' {
  interface Settings {
    readonly fallback: boolean;
    readonly apiEndpoint?: string;
    readonly port?: number;
  }
  interface Call {
    readonly name: string;
    readonly additionalAuthenticatedData: Uint8Array;
  }
  export class KeyManagementServiceClient {
    constructor(settings: Settings);
    encrypt(
      request: Call & { readonly plaintext: Uint8Array },
    ): Promise<readonly [{ readonly ciphertext?: Uint8Array | string | null }, ...unknown[]]>;
    decrypt(
      request: Call & { readonly ciphertext: Uint8Array },
    ): Promise<readonly [{ readonly plaintext?: Uint8Array | string | null }, ...unknown[]]>;
  }
}

declare module '@azure/identity' {
  export class DefaultAzureCredential {
    readonly azureIdentity: true;
  }
}

declare module '@azure/keyvault-keys' {
  /** An object of the other package. */
  type Credential = object;

  interface Result {
    readonly result: Uint8Array;
  }
  export class KeyClient {
    constructor(vaultUrl: string, credential: Credential);
    getKey(name: string): Promise<{ readonly id?: string }>;
  }
  export class CryptographyClient {
    constructor(key: string, credential: Credential);
    wrapKey(algorithm: string, key: Uint8Array): Promise<Result>;
    unwrapKey(algorithm: string, key: Uint8Array): Promise<Result>;
    sign(algorithm: string, digest: Uint8Array): Promise<Result>;
    verify(
      algorithm: string,
      digest: Uint8Array,
      signature: Uint8Array,
    ): Promise<{ readonly result: boolean }>;
  }
}

declare module 'pkcs11js' {
  type Handle = Buffer;
  interface Mechanism {
    readonly mechanism: number;
    readonly parameter: {
      readonly type: number;
      readonly iv: Buffer;
      readonly aad: Buffer;
      readonly ivBits: number;
      readonly tagBits: number;
    };
  }
  interface Attribute {
    readonly type: number;
    readonly value?: Buffer | string | number | boolean;
  }
  class PKCS11 {
    load(path: string): void;
    C_Initialize(): void;
    C_GetSlotList(tokenPresent: boolean): Handle[];
    C_GetTokenInfo(slot: Handle): { readonly label: string };
    C_OpenSession(slot: Handle, flags: number): Handle;
    C_CloseSession(session: Handle): void;
    C_Login(session: Handle, userType: number, pin: string): void;
    C_FindObjectsInit(session: Handle, template: readonly Attribute[]): void;
    C_FindObjects(session: Handle, most: number): Handle[];
    C_FindObjectsFinal(session: Handle): void;
    C_EncryptInit(session: Handle, mechanism: Mechanism, key: Handle): void;
    C_Encrypt(session: Handle, input: Buffer, output: Buffer): Buffer;
    C_DecryptInit(session: Handle, mechanism: Mechanism, key: Handle): void;
    C_Decrypt(session: Handle, input: Buffer, output: Buffer): Buffer;
  }
  /** A CommonJS module: its names are not seen by `import`. */
  const pkcs11: {
    readonly PKCS11: typeof PKCS11;
    readonly CKF_SERIAL_SESSION: number;
    readonly CKU_USER: number;
    readonly CKA_CLASS: number;
    readonly CKA_LABEL: number;
    readonly CKO_SECRET_KEY: number;
    readonly CKM_AES_GCM: number;
    readonly CK_PARAMS_AES_GCM_v240: number;
  };
  export default pkcs11;
}
