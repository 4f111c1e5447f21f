import { randomBytes } from 'node:crypto';
import type { Secret } from '../../secret.ts';
import { type Kms, KmsError, vendorClient, wordsOf } from './kms.ts';

type Package = typeof import('pkcs11js')['default'];
type Library = InstanceType<Package['PKCS11']>;
const packages = 'pkcs11js@2.1.7';

export interface Pkcs11Options {
  /** Labels of AES keys in the token. */
  readonly keys: Kms['keys'];
  /** The path of the vendor's library. */
  readonly library: string;
  /** The label of the token. */
  readonly token: string;
  readonly pin: Secret;
  readonly load?: () => Promise<Package>;
}

const ivLength = 12;
const tagLength = 16;

/**
 * A hardware security module by PKCS #11, with AES keys that it does not export (CKM_AES_GCM). The context is the
 * additional authenticated data. Each call opens a session of its own, so a module that was restarted is met again.
 */
export function createPkcs11(options: Pkcs11Options): Kms {
  const { load = async () => (await import('pkcs11js')).default } = options;
  const connect = vendorClient(packages, async () => {
    const pkcs11 = await load();
    const library = new pkcs11.PKCS11();
    library.load(options.library);
    tolerate('CKR_CRYPTOKI_ALREADY_INITIALIZED', () => library.C_Initialize());
    return { pkcs11, library };
  });

  const mechanism = (pkcs11: Package, iv: Buffer, context: string) => ({
    mechanism: pkcs11.CKM_AES_GCM,
    parameter: {
      type: pkcs11.CK_PARAMS_AES_GCM_v240,
      iv,
      aad: Buffer.from(context, 'utf8'),
      ivBits: ivLength * 8,
      tagBits: tagLength * 8,
    },
  });

  return {
    name: 'pkcs11',
    setting: 'PKCS11_KEY',
    keys: options.keys,
    async wrap(label, plaintext, context) {
      const { pkcs11, library } = await connect();
      return withSession({ pkcs11, library }, options, (session) => {
        const key = keyOf({ pkcs11, library }, session, label);
        const iv = randomBytes(ivLength);
        library.C_EncryptInit(session, mechanism(pkcs11, iv, context), key);
        const output = Buffer.alloc(plaintext.length + tagLength);
        return Buffer.concat([iv, library.C_Encrypt(session, Buffer.from(plaintext), output)]);
      });
    },
    async unwrap(label, wrapped, context) {
      const { pkcs11, library } = await connect();
      return withSession({ pkcs11, library }, options, (session) => {
        const key = keyOf({ pkcs11, library }, session, label);
        const bytes = Buffer.from(wrapped);
        library.C_DecryptInit(session, mechanism(pkcs11, bytes.subarray(0, ivLength), context), key);
        return opened(() => library.C_Decrypt(session, bytes.subarray(ivLength), Buffer.alloc(bytes.length)));
      });
    },
  };
}

interface Loaded {
  readonly pkcs11: Package;
  readonly library: Library;
}

function withSession<T>({ pkcs11, library }: Loaded, options: Pkcs11Options, use: (session: Buffer) => T): T {
  try {
    const slot = library
      .C_GetSlotList(true)
      .find((each) => library.C_GetTokenInfo(each).label.replace(/[\s\0]+$/, '') === options.token);
    if (!slot) throw new KmsError('refused', `PKCS11_TOKEN: there is no token ${options.token}`);
    const session = library.C_OpenSession(slot, pkcs11.CKF_SERIAL_SESSION);
    try {
      // A login counts for all sessions of the process.
      const pin = options.pin.reveal();
      tolerate('CKR_USER_ALREADY_LOGGED_IN', () => library.C_Login(session, pkcs11.CKU_USER, pin));
      return use(session);
    } finally {
      library.C_CloseSession(session);
    }
  } catch (cause) {
    if (cause instanceof KmsError) throw cause;
    const words = wordsOf(cause);
    const refused = /CKR_(PIN|USER_PIN|KEY|ENCRYPTED_DATA|MECHANISM|DATA|AEAD|USER_TYPE)/.test(words);
    throw new KmsError(refused ? 'refused' : 'retry', words, { cause });
  }
}

function keyOf({ pkcs11, library }: Loaded, session: Buffer, label: string): Buffer {
  const template = [
    { type: pkcs11.CKA_CLASS, value: pkcs11.CKO_SECRET_KEY },
    { type: pkcs11.CKA_LABEL, value: label },
  ];
  library.C_FindObjectsInit(session, template);
  const found = library.C_FindObjects(session, 2);
  library.C_FindObjectsFinal(session);
  const [key, other] = found;
  if (!key || other)
    throw new KmsError('refused', `the token has ${key ? 'several keys' : 'no key'} with the label ${label}`);
  return key;
}

/** A wrong tag is CKR_ENCRYPTED_DATA_INVALID by the standard, and CKR_GENERAL_ERROR in some modules. */
function opened(decrypted: () => Buffer): Buffer {
  try {
    return decrypted();
  } catch (cause) {
    const damaged = wordsOf(cause).includes('CKR_GENERAL_ERROR');
    throw damaged
      ? new KmsError('refused', `the wrapped key does not open: ${wordsOf(cause)}`, { cause })
      : cause;
  }
}

function tolerate(code: string, call: () => void): void {
  try {
    call();
  } catch (error) {
    if (!wordsOf(error).includes(code)) throw error;
  }
}
