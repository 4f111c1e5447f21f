import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, expect, it, test } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import type { Kms } from '../../../src/kit/keys/kms/kms.ts';
import { atEnd } from '../../support/at-end.ts';
import { serveStandIns } from '../../support/kms/serve.ts';
import { createVaultStandIn } from '../../support/kms/vault-stand-in.ts';

const vault = createVaultStandIn({ token: 'hvs.first', namespace: 'team', key: 'symbolon' });
const serving = await serveStandIns(() => vault);
atEnd(serving.close);
const folder = await mkdtemp(path.join(os.tmpdir(), 'symbolon-vault-'));
atEnd(() => rm(folder, { recursive: true, force: true }));
const tokenFile = path.join(folder, 'token');

beforeEach(async () => {
  vault.mood = 'well';
  vault.token = 'hvs.first';
  await writeFile(tokenFile, 'hvs.first\n', { mode: 0o600 });
});

function serviceOf(changed: Readonly<Record<string, string>> = {}): Kms {
  const { kms } = readConfig({
    KEY_PROVIDER: 'vault-transit',
    VAULT_ADDR: `http://127.0.0.1:${serving.port}`,
    VAULT_NAMESPACE: 'team',
    VAULT_TOKEN_FILE: tokenFile,
    VAULT_TRANSIT_KEY: 'symbolon',
    ...changed,
  });
  const [service] = kms.services;
  if (!service) throw new Error('no service');
  return service;
}

const secret = Buffer.alloc(32, 7);

test('what it wraps opens in its context only, under an older version too', async () => {
  const service = serviceOf();
  const wrapped = await service.wrap('symbolon', secret, 'a');
  expect(Buffer.from(wrapped).toString()).toMatch(/^vault:v1:/);
  vault.rotate();
  expect(await service.unwrap('symbolon', wrapped, 'a')).toEqual(secret);
  await expect(service.unwrap('symbolon', wrapped, 'b')).rejects.toMatchObject({
    failure: 'refused',
    message: '400: cipher: message authentication failed',
  });
  expect(Buffer.from(await service.wrap('symbolon', secret, 'a')).toString()).toMatch(/^vault:v2:/);
});

test('a token that Vault Agent has replaced is used from the next call on', async () => {
  const service = serviceOf();
  await service.wrap('symbolon', secret, 'a');
  vault.token = 'hvs.second';
  await expect(service.wrap('symbolon', secret, 'a')).rejects.toThrow('403: permission denied');
  await writeFile(tokenFile, 'hvs.second');
  await service.wrap('symbolon', secret, 'a');
});

it.each([
  ['another namespace', { VAULT_NAMESPACE: 'other' }],
  ['no namespace', { VAULT_NAMESPACE: '' }],
])('%s is refused', async (_name, changed) => {
  await expect(serviceOf(changed).wrap('symbolon', secret, 'a')).rejects.toMatchObject({
    failure: 'refused',
  });
});

it.each([
  ['down', 'retry', '503: Vault is sealed'],
  ['throttling', 'retry', '429: request path "transit": rate limit quota exceeded'],
  ['refusing', 'refused', '400: encryption key not found'],
] as const)('a Vault that is %s is told apart', async (mood, failure, message) => {
  vault.mood = mood;
  await expect(serviceOf().wrap('symbolon', secret, 'a')).rejects.toMatchObject({ failure, message });
});

test('a Vault that nothing answers for is tried again later', async () => {
  const service = serviceOf({ VAULT_ADDR: 'http://127.0.0.1:1' });
  await expect(service.wrap('symbolon', secret, 'a')).rejects.toMatchObject({ failure: 'retry' });
});
