import { z } from 'zod';
import { createAwsKms } from '../kit/keys/kms/aws-kms.ts';
import { createAzureKeyVault } from '../kit/keys/kms/azure-key-vault.ts';
import { createGcpKms } from '../kit/keys/kms/gcp-kms.ts';
import { type Kms, type KmsName, kmsNames, namesIn } from '../kit/keys/kms/kms.ts';
import { createPkcs11 } from '../kit/keys/kms/pkcs11.ts';
import { createVaultTransit } from '../kit/keys/kms/vault-transit.ts';
import { Secret } from '../kit/secret.ts';
import { readSecretFile } from '../kit/secret-file.ts';

const text = (what: string) => z.string().optional().describe(what);

/** The settings of key management services. Their values are checked only where a service is chosen. */
export const keySettings = {
  KEY_PROVIDER: z
    .enum(['settings', ...kmsNames])
    .default('settings')
    .describe(
      'what seals new values: the keys of ENCRYPTION_KEYS (`settings`), or a service: `aws-kms`, `gcp-kms`, `azure-key-vault`, `vault-transit`, `pkcs11`; docs/keys.md',
    ),
  KEY_PROVIDER_ALSO: z
    .string()
    .default('')
    .transform(namesIn)
    .pipe(z.array(z.enum(kmsNames, `must be a list of ${kmsNames.join(', ')}`)))
    .describe(
      'services, comma-separated, whose keys only open older values, before and after a change of KEY_PROVIDER',
    ),
  AWS_KMS_KEY: text(
    '`aws-kms`: ARN or alias of a symmetric key; with several, comma-separated, the first one wraps',
  ),
  GCP_KMS_KEY: text('`gcp-kms`: `projects/…/cryptoKeys/NAME`; with several, the first one wraps'),
  GCP_KMS_ENDPOINT: text('`gcp-kms`: `host[:port]` of a private endpoint; unset: the public one'),
  AZURE_KEY_VAULT_KEY: text(
    '`azure-key-vault`: `https://VAULT.vault.azure.net/keys/NAME` of an RSA key; with several, the first one wraps',
  ),
  VAULT_ADDR: text('`vault-transit`: address of HashiCorp Vault, https in production'),
  VAULT_NAMESPACE: text('`vault-transit`: namespace, where Vault has them'),
  VAULT_TOKEN: text('`vault-transit`: token that may encrypt and decrypt with the key'),
  VAULT_TOKEN_FILE: text('in place of VAULT_TOKEN: a file, read before each call, as Vault Agent keeps it'),
  VAULT_TRANSIT_MOUNT: z.string().default('transit').describe('`vault-transit`: path of the engine'),
  VAULT_TRANSIT_KEY: text('`vault-transit`: name of the key; with several, the first one wraps'),
  PKCS11_LIBRARY: text('`pkcs11`: path of the library of the hardware security module'),
  PKCS11_TOKEN: text('`pkcs11`: label of the token'),
  PKCS11_KEY: text('`pkcs11`: label of an AES key; with several, comma-separated, the first one wraps'),
  PKCS11_PIN: text('`pkcs11`: PIN of the user'),
  PKCS11_PIN_FILE: text('in place of PKCS11_PIN: a file with its value; in production not for other users'),
};

type KeySettings = z.infer<z.ZodObject<typeof keySettings>>;

export interface KmsConfig {
  /** The service that wraps the keys which seal new values; undefined: the keys of the settings seal. */
  readonly sealing: KmsName | undefined;
  readonly services: readonly Kms[];
}

export interface KmsRules {
  readonly production: boolean;
  /** Ends the start with a line about a setting. */
  readonly refuse: (line: string) => never;
}

/** Returns the services that the settings choose. No service is called, and no package is loaded. */
export function kmsOf(read: KeySettings, rules: KmsRules): KmsConfig {
  const { KEY_PROVIDER: provider, KEY_PROVIDER_ALSO: also } = read;
  const sealing = provider === 'settings' ? undefined : provider;
  const chosen = [...new Set([...(sealing ? [sealing] : []), ...also])];
  return { sealing, services: chosen.map((name) => makers[name](read, rules)) };
}

const makers: Record<KmsName, (read: KeySettings, rules: KmsRules) => Kms> = {
  'aws-kms': (read, rules) => createAwsKms({ keys: keysOf(read, 'AWS_KMS_KEY', rules) }),
  'gcp-kms': (read, rules) => {
    const keys = keysOf(read, 'GCP_KMS_KEY', rules);
    const odd = keys.find(
      (key) => !/^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/.test(key),
    );
    if (odd) rules.refuse('GCP_KMS_KEY: must be projects/…/locations/…/keyRings/…/cryptoKeys/…');
    return createGcpKms({ keys, endpoint: read.GCP_KMS_ENDPOINT });
  },
  'azure-key-vault': (read, rules) => {
    const keys = keysOf(read, 'AZURE_KEY_VAULT_KEY', rules);
    const odd = keys.find((key) => !/^https:\/\/[^/?#@]+\/keys\/[0-9a-zA-Z-]+$/.test(key));
    if (odd)
      rules.refuse('AZURE_KEY_VAULT_KEY: must be https://VAULT.vault.azure.net/keys/NAME, without a version');
    return createAzureKeyVault({ keys });
  },
  'vault-transit': (read, rules) => {
    const { VAULT_ADDR: address = '', VAULT_TOKEN: token, VAULT_TOKEN_FILE: file } = read;
    const url = URL.canParse(address) ? new URL(address) : rules.refuse('VAULT_ADDR: must be a web address');
    const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
    if (url.protocol !== 'https:' && (rules.production || url.protocol !== 'http:') && !local)
      rules.refuse('VAULT_ADDR: must be https in production');
    if (!token && !file) rules.refuse('VAULT_TOKEN: required, or VAULT_TOKEN_FILE');
    return createVaultTransit({
      keys: keysOf(read, 'VAULT_TRANSIT_KEY', rules),
      address,
      mount: read.VAULT_TRANSIT_MOUNT,
      namespace: read.VAULT_NAMESPACE,
      token: async () => new Secret(file ? (await readSecretFile(file, rules)).trim() : (token ?? '')),
    });
  },
  pkcs11: (read, rules) => {
    const { PKCS11_LIBRARY: library, PKCS11_TOKEN: token, PKCS11_PIN: pin } = read;
    if (!library) return rules.refuse('PKCS11_LIBRARY: required, the path of a library');
    if (!token) return rules.refuse('PKCS11_TOKEN: required, the label of the token');
    if (!pin) return rules.refuse('PKCS11_PIN: required, or PKCS11_PIN_FILE');
    return createPkcs11({ keys: keysOf(read, 'PKCS11_KEY', rules), library, token, pin: new Secret(pin) });
  },
};

type KeySetting = 'AWS_KMS_KEY' | 'GCP_KMS_KEY' | 'AZURE_KEY_VAULT_KEY' | 'VAULT_TRANSIT_KEY' | 'PKCS11_KEY';

function keysOf(read: KeySettings, setting: KeySetting, { refuse }: KmsRules): Kms['keys'] {
  const [first, ...others] = namesIn(read[setting] ?? '');
  if (!first) return refuse(`${setting}: required with this KEY_PROVIDER`);
  return [first, ...others];
}
