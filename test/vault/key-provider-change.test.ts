import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { openRowTags } from '../../src/assembly/row-tags.ts';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { atEnd } from '../support/at-end.ts';
import { startProcess } from '../support/broker-process.ts';
import { createShell } from '../support/command.ts';
import { freshDatabase, freshDatabaseUrl } from '../support/database.ts';
import { serveStandIns } from '../support/kms/serve.ts';
import { createVaultStandIn } from '../support/kms/vault-stand-in.ts';
import { findDamage, plantEntries } from './rewrap-world.ts';

// An operator moves the vault from the keys of the settings to a service, and back.

const k1 = { id: 'k1', key: randomBytes(32) };
const count = 300;
const database = await freshDatabase();
const { pool, url } = database;
const vault = createVaultStandIn({ token: 'hvs.test', namespace: undefined, key: 'symbolon' });
const serving = await serveStandIns(() => vault);
atEnd(serving.close);
const run = createShell();

const base = { NODE_ENV: 'development', DATABASE_URL: url };
const keys = { ENCRYPTION_KEYS: `k1:${k1.key.toString('base64')}` };
const service = {
  VAULT_ADDR: `http://127.0.0.1:${serving.port}`,
  VAULT_TOKEN: 'hvs.test',
  VAULT_TRANSIT_KEY: 'symbolon',
};
const sealing = { ...base, ...service, KEY_PROVIDER: 'vault-transit' };
const opening = { ...base, ...keys, ...service, KEY_PROVIDER_ALSO: 'vault-transit' };

const keyIds = async () =>
  (await pool.query<{ id: string }>('SELECT DISTINCT key_id AS id FROM vault_entry')).rows.map(
    ({ id }) => id,
  );

test('from the settings to a service and back, by rewrapping', async () => {
  const keyring = createKeyring([k1]);
  await openRowTags({ database, keyring });
  await plantEntries(pool, keyring, count);

  const there = await run(['keys', 'rewrap'], { ...sealing, ...keys });
  expect(there.stderr).toBe('');
  expect(there.stdout).toMatch(/Moved 301 to iky_\w{26} in /);
  expect(there.stdout).toContain('k1 seals nothing any more and can be retired.');
  const [intermediate = ''] = await keyIds();
  expect(intermediate).toMatch(/^iky_/);

  // Without the keys of the settings from now on.
  expect((await run(['times', 'check'], sealing)).stderr).toBe('');
  expect((await run(['keys', 'report'], sealing)).stdout).toMatch(
    new RegExp(`${intermediate} +current +301 +300`),
  );

  vault.rotate();
  const rotated = await run(['keys', 'rewrap'], sealing);
  expect(rotated.stdout).toContain('Wrapped 2 intermediate keys anew.\nMoved 0 to ');
  expect(rotated.code).toBe(0);

  const refused = await run(['times', 'check'], { ...base, ...keys });
  expect(refused.stderr).toContain(
    `key "${intermediate}" is missing: it seals 300 vault entries and 1 keys of row tags (KEY_PROVIDER_ALSO: add`,
  );

  const back = await run(['keys', 'rewrap'], opening);
  expect(back.stdout).toContain('Moved 301 to k1 in ');
  expect(back.code).toBe(0);
  expect(await keyIds()).toEqual(['k1']);
  expect(await findDamage(pool, createKeyring([k1]), new Map())).toEqual({ unreadable: [], overwritten: [] });
  expect((await run(['times', 'check'], { ...base, ...keys })).stderr).toBe('');
});

test('a start without the service names the setting, and so does one without its settings', async () => {
  vault.mood = 'down';
  const away = await run(['times', 'check'], sealing);
  vault.mood = 'well';
  expect(away.stderr).toBe('symbolon: VAULT_TRANSIT_KEY: 503: Vault is sealed\n');
  expect(away.code).toBe(1);
  const unset = await run(['times', 'check'], { ...base, KEY_PROVIDER: 'aws-kms' });
  expect(unset.stderr).toBe('symbolon: AWS_KMS_KEY: required with this KEY_PROVIDER\n');
});

test('a service whose package is not installed names the package and its version', async () => {
  const settings = { ...base, KEY_PROVIDER: 'aws-kms', AWS_KMS_KEY: 'alias/symbolon' };
  const { stderr } = await run(['times', 'check'], settings);
  expect(stderr).toContain('AWS_KMS_KEY: needs the package @aws-sdk/client-kms@');
  expect(stderr).toContain('npm install --no-save @aws-sdk/client-kms@');
});

test('a key of the settings that has sealed 2^32 values stops the start', async () => {
  await pool.query(`INSERT INTO key_wraps (key_id, wraps) VALUES ('k1', 4294967295)
    ON CONFLICT (key_id) DO UPDATE SET wraps = excluded.wraps`);
  const { stderr } = await run(['times', 'check'], { ...base, ...keys });
  expect(stderr).toContain('ENCRYPTION_KEYS: key k1 has sealed 2^32 values; put a new key first');
});

test('a running broker goes on while the service is away, and seals without a call', async () => {
  const database = await freshDatabaseUrl();
  const settings = { ...sealing, DATABASE_URL: database, ENCRYPTION_KEYS: '' };
  const broker = await startProcess(settings);
  const calls = vault.done.length;
  vault.mood = 'down';
  const headers = { authorization: `Bearer ${broker.adminToken}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ alias: 'github', provider: 'github', client_id: 'x', client_secret: 'hush' });
  const made = await fetch(`${broker.url}/admin/v1/connections`, { method: 'POST', headers, body });
  expect(made.status).toBe(201);
  expect((await fetch(`${broker.url}/readyz`)).status).toBe(200);
  vault.mood = 'well';
  expect(vault.done).toHaveLength(calls);
  const report = await run(['keys', 'report'], settings);
  expect(report.stdout).toMatch(/iky_\w{26} +current/);
  expect(report.code).toBe(0);
  broker.child.kill('SIGTERM');
  expect((await broker.exited).code).toBe(0);
});
