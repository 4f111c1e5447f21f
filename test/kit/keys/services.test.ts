import { expect, it, test } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { createAwsKms } from '../../../src/kit/keys/kms/aws-kms.ts';
import { signatureOf } from '../../support/kms/aws-stand-in.ts';

// The choice of a service, and the parts of the stand-ins that npm run prove:kms relies on.

test('the stand-in of AWS computes the signature of AWS’s own example (get-vanilla)', () => {
  const asked = {
    method: 'GET',
    host: 'example.amazonaws.com',
    url: '/',
    headers: {
      host: 'example.amazonaws.com',
      'x-amz-date': '20150830T123600Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    },
    body: '',
  };
  const signature = signatureOf(asked, 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
  expect(signature?.wanted).toBe(signature?.given);
  expect(signature?.given).toMatch(/^5fa0/);
});

it.each([
  ['AWS_KMS_KEY: required', { KEY_PROVIDER: 'aws-kms' }],
  ['GCP_KMS_KEY: must be projects/', { KEY_PROVIDER: 'gcp-kms', GCP_KMS_KEY: 'symbolon' }],
  [
    'AZURE_KEY_VAULT_KEY: must be https://',
    { KEY_PROVIDER: 'azure-key-vault', AZURE_KEY_VAULT_KEY: 'https://v.vault.azure.net/keys/k/0123' },
  ],
  ['VAULT_ADDR: must be a web address', { KEY_PROVIDER: 'vault-transit', VAULT_TRANSIT_KEY: 'k' }],
  [
    'VAULT_TOKEN: required, or VAULT_TOKEN_FILE',
    { KEY_PROVIDER: 'vault-transit', VAULT_TRANSIT_KEY: 'k', VAULT_ADDR: 'https://vault.example' },
  ],
  ['PKCS11_PIN: required', { KEY_PROVIDER: 'pkcs11', PKCS11_LIBRARY: '/lib/x.so', PKCS11_TOKEN: 't' }],
  ['KEY_PROVIDER_ALSO', { KEY_PROVIDER_ALSO: 'aws' }],
  ['KEY_PROVIDER', { KEY_PROVIDER: 'aws' }],
])('a wrong choice is refused with its setting: %s', (line, settings) => {
  expect(() => readConfig(settings)).toThrow(line);
});

test('settings of services that are not chosen are not looked at', () => {
  const { kms } = readConfig({ VAULT_ADDR: 'not an address', GCP_KMS_KEY: 'x' });
  expect(kms).toEqual({ sealing: undefined, services: [] });
});

test('Vault is reached over https in production', () => {
  const settings = {
    NODE_ENV: 'production',
    DATABASE_URL: 'postgresql://localhost/x',
    PUBLIC_URL: 'https://id.example',
    KEY_PROVIDER: 'vault-transit',
    VAULT_TRANSIT_KEY: 'k',
    VAULT_TOKEN: 't',
  };
  expect(() => readConfig({ ...settings, VAULT_ADDR: 'http://vault.example' })).toThrow(
    'VAULT_ADDR: must be https',
  );
  const { kms } = readConfig({ ...settings, VAULT_ADDR: 'https://vault.example' });
  expect(kms.sealing).toBe('vault-transit');
});

it.each([
  ['ThrottlingException', 400, 'retry'],
  ['KMSInternalException', 500, 'retry'],
  ['TimeoutError', undefined, 'retry'],
  ['AccessDeniedException', 400, 'refused'],
  ['DisabledException', 400, 'refused'],
  ['CredentialsProviderError', undefined, 'refused'],
])('AWS’s %s counts as %s', async (name, httpStatusCode, failure) => {
  class Command {
    readonly input: unknown;
    constructor(input: unknown) {
      this.input = input;
    }
  }
  class KMSClient {
    async send(): Promise<never> {
      throw Object.assign(new Error('no'), { name, $metadata: { httpStatusCode } });
    }
  }
  const parts = { KMSClient, EncryptCommand: Command, DecryptCommand: Command };
  const load = async () => parts as unknown as typeof import('@aws-sdk/client-kms');
  const kms = createAwsKms({ keys: ['alias/symbolon'], load });
  await expect(kms.wrap('alias/symbolon', Buffer.alloc(32), 'a')).rejects.toMatchObject({ failure });
});
