import { execFile } from 'node:child_process';
import { constants, generateKeyPairSync, publicEncrypt, randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { generate } from 'selfsigned';
import { startEmbeddedPostgres } from '../../src/assembly/embedded-postgres.ts';
import { readConfig } from '../../src/config.ts';
import { createDatabase, type Database } from '../../src/kit/database/database.ts';
import { applyMigrations } from '../../src/kit/database/migrate.ts';
import { createIntermediateKeyStore } from '../../src/kit/keys/intermediate-key-store.ts';
import { createKeptKeys } from '../../src/kit/keys/kept-keys.ts';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { type Kms, KmsError } from '../../src/kit/keys/kms/kms.ts';
import { createLog } from '../../src/kit/log.ts';
import { createAwsStandIn } from '../support/kms/aws-stand-in.ts';
import { createAzureStandIn } from '../support/kms/azure-stand-in.ts';
import { createGcpStandIn } from '../support/kms/gcp-stand-in.ts';
import { serveStandIns } from '../support/kms/serve.ts';
import type { Mood, StandIn } from '../support/kms/stand-in.ts';
import { installPackages, redirectHosts } from './kms-packages.ts';

// npm run prove:kms [folder of installed packages]. The vendors' own packages call stand-ins of AWS, Google Cloud and Azure
// at their true addresses; the stand-ins check each signature and token. PKCS #11 is tried against SoftHSM, if
// `softhsm2-util` and `pkcs11-tool` are installed (Debian: softhsm2, opensc).

const run = promisify(execFile);
const failures: string[] = [];

async function check(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
    process.stdout.write(`ok    ${what}\n`);
  } catch (error) {
    failures.push(what);
    process.stdout.write(`FAIL  ${what}: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function require(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

async function refusal(call: Promise<unknown>): Promise<KmsError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof KmsError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const serviceOf = (settings: Readonly<Record<string, string>>): Kms => {
  const [service] = readConfig({ NODE_ENV: 'development', ...settings }).kms.services;
  if (!service) throw new Error('no service is configured');
  return service;
};

/** Two processes with a service: a first start, a takeover, a new version of the key. */
async function walk(kms: () => Kms, database: Database, rotate?: () => void): Promise<void> {
  const store = createIntermediateKeyStore(database.pool);
  const start = async () => {
    const service = kms();
    const kept = createKeptKeys({
      store,
      services: [service],
      sealing: service.name,
      counts: { known: () => 0 },
      keyring: () => keyring,
      log: createLog('silent'),
    });
    const keyring = createKeyring([], { learn: kept.learn });
    await kept.open([], []);
    return { kept, keyring };
  };
  const first = await start();
  const sealed = first.keyring.seal('hush', 'c');
  const second = await start();
  require(second.keyring.open(sealed, 'c') === 'hush', 'the second process does not open it');
  rotate?.();
  const third = await start();
  const { moved, failed } = await third.kept.rewrap();
  require(moved > 0 &&
    failed.size === 0, `wrapped anew: ${moved}, failed: ${[...failed.values()].join('; ')}`);
  const fourth = await start();
  await fourth.keyring.learn(sealed.keyId);
  require(fourth.keyring.open(sealed, 'c') === 'hush', 'it does not open after a new wrapping');
}

/** The answers of one service to everything that can go wrong. */
async function everyMood(name: string, kms: () => Kms, standIn: StandIn, database: Database): Promise<void> {
  const key = Buffer.alloc(32, 7);
  await check(`${name}: first start, takeover, new version`, () => walk(kms, database, standIn.rotate));
  await check(`${name}: bytes open in their own context only`, async () => {
    const service = kms();
    const wrapped = await service.wrap(service.keys[0], key, 'a');
    require(key.equals(await service.unwrap(service.keys[0], wrapped, 'a')), 'other bytes');
    require((await refusal(service.unwrap(service.keys[0], wrapped, 'b'))).failure ===
      'refused', 'not refused');
  });
  await check(`${name}: throttled twice, it is asked again and answers`, async () => {
    const service = kms();
    standIn.mood = 'throttling';
    const wrapped = await service.wrap(service.keys[0], key, 'a').catch((error: unknown) => error);
    standIn.mood = 'well';
    require(!(wrapped instanceof KmsError) || wrapped.failure === 'retry', 'counted as a refusal');
  });
  for (const [mood, failure] of [
    ['refusing', 'refused'],
    ['down', 'retry'],
  ] as const satisfies readonly (readonly [Mood, string])[])
    await check(`${name}: ${mood === 'down' ? 'away' : 'with a disabled key'}, it says so`, async () => {
      const service = kms();
      standIn.mood = mood;
      const error = await refusal(service.wrap(service.keys[0], key, 'a')).finally(() => {
        standIn.mood = 'well';
      });
      require(error.failure === failure, `${error.failure}: ${error.message}`);
      process.stdout.write(`        ${error.message}\n`);
    });
  await check(`${name}: no request of ours had a wrong signature`, async () => {
    require(standIn.forged === 0 && standIn.done.length > 0, `${standIn.forged} of ${standIn.done.length}`);
  });
}

const region = 'eu-west-1';
const arn = `arn:aws:kms:${region}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

async function proveAws(database: Database, standIns: Map<string, StandIn>): Promise<void> {
  const account = {
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: randomBytes(20).toString('hex'),
    keyArn: arn,
  };
  const standIn = createAwsStandIn(account);
  standIns.set(`kms.${region}.amazonaws.com`, standIn);
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: account.accessKeyId,
    AWS_SECRET_ACCESS_KEY: account.secretAccessKey,
  });
  const kms = () => serviceOf({ KEY_PROVIDER: 'aws-kms', AWS_KMS_KEY: arn });
  await everyMood('AWS KMS', kms, standIn, database);
  await check('AWS KMS: a wrong secret is refused by its signature', async () => {
    process.env.AWS_SECRET_ACCESS_KEY = 'wrong';
    const error = await refusal(kms().wrap(arn, Buffer.alloc(32), 'a'));
    require(error.failure === 'refused' && standIn.forged > 0, error.message);
  });
}

async function proveGcp(database: Database, standIns: Map<string, StandIn>, folder: string): Promise<void> {
  const keyName = 'projects/p/locations/europe-west1/keyRings/r/cryptoKeys/symbolon';
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const email = 'symbolon@p.iam.gserviceaccount.com';
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const standIn = createGcpStandIn({ email, keyName, publicKey: pem });
  standIns.set('cloudkms.googleapis.com', standIn).set('oauth2.googleapis.com', standIn);
  const file = path.join(folder, 'service-account.json');
  const write = async (key: typeof privateKey) => {
    const private_key = key.export({ type: 'pkcs8', format: 'pem' });
    await writeFile(
      file,
      JSON.stringify({ type: 'service_account', project_id: 'p', client_email: email, private_key }),
    );
  };
  await write(privateKey);
  process.env.GOOGLE_APPLICATION_CREDENTIALS = file;
  const kms = () => serviceOf({ KEY_PROVIDER: 'gcp-kms', GCP_KMS_KEY: keyName });
  await everyMood('Google Cloud KMS', kms, standIn, database);
  await check('Google Cloud KMS: another private key is refused', async () => {
    await write(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
    const error = await refusal(kms().wrap(keyName, Buffer.alloc(32), 'a'));
    require(standIn.forged > 0, error.message);
  });
}

async function proveAzure(database: Database, standIns: Map<string, StandIn>): Promise<void> {
  const account = {
    tenant: '11111111-2222-3333-4444-555555555555',
    clientId: 'app',
    clientSecret: 'right',
    vault: 'tests.vault.azure.net',
    keyName: 'symbolon',
  };
  const standIn = createAzureStandIn(account);
  standIns.set(account.vault, standIn).set('login.microsoftonline.com', standIn);
  const { tenant: AZURE_TENANT_ID, clientId: AZURE_CLIENT_ID, clientSecret: AZURE_CLIENT_SECRET } = account;
  Object.assign(process.env, { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET });
  const name = `https://${account.vault}/keys/${account.keyName}`;
  const kms = () => serviceOf({ KEY_PROVIDER: 'azure-key-vault', AZURE_KEY_VAULT_KEY: name });
  await everyMood('Azure Key Vault', kms, standIn, database);
  await check('Azure Key Vault: bytes that the public key wrapped are refused', async () => {
    const service = kms();
    const genuine: { version: string } = JSON.parse(
      Buffer.from(await service.wrap(name, Buffer.alloc(32), 'a')).toString(),
    );
    const oaep = { key: standIn.publicKey(), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    const wrapped = publicEncrypt(oaep, randomBytes(32)).toString('base64url');
    const forged = { ...genuine, wrapped };
    const error = await refusal(service.unwrap(name, Buffer.from(JSON.stringify(forged)), 'a'));
    require(error.failure === 'refused' && /signature/.test(error.message), error.message);
  });
  await check('Azure Key Vault: a wrong client secret is refused', async () => {
    process.env.AZURE_CLIENT_SECRET = 'wrong';
    await refusal(kms().wrap(name, Buffer.alloc(32), 'a'));
    require(standIn.forged > 0, 'the stand-in saw no wrong secret');
  });
}

async function proveSoftHsm(database: Database, folder: string): Promise<void> {
  const library = '/usr/lib/softhsm/libsofthsm2.so';
  const installed = await run('softhsm2-util', ['--version']).then(
    () => true,
    () => false,
  );
  if (!installed) {
    process.stdout.write('skip  PKCS #11: SoftHSM is not installed\n');
    return;
  }
  const tokens = path.join(folder, 'tokens');
  await mkdir(tokens);
  process.env.SOFTHSM2_CONF = path.join(folder, 'softhsm2.conf');
  await writeFile(process.env.SOFTHSM2_CONF, `directories.tokendir = ${tokens}\n`);
  await run('softhsm2-util', [
    '--init-token',
    '--free',
    '--label',
    'symbolon',
    '--pin',
    '1234',
    '--so-pin',
    '5678',
  ]);
  const make = (label: string) =>
    run('pkcs11-tool', [
      '--module',
      library,
      '--token-label',
      'symbolon',
      '--login',
      '--pin',
      '1234',
      '--keygen',
      '--key-type',
      'AES:32',
      '--label',
      label,
    ]);
  await make('first');
  await make('second');
  const settings = {
    KEY_PROVIDER: 'pkcs11',
    PKCS11_LIBRARY: library,
    PKCS11_TOKEN: 'symbolon',
    PKCS11_PIN: '1234',
    PKCS11_KEY: 'first',
  };
  const key = Buffer.alloc(32, 7);
  await check('PKCS #11: a wrong PIN is refused', async () => {
    const error = await refusal(serviceOf({ ...settings, PKCS11_PIN: '9999' }).wrap('first', key, 'a'));
    require(error.failure === 'refused', error.message);
  });
  let keys = 'first';
  await check('PKCS #11: first start, takeover, another key', () =>
    walk(
      () => serviceOf({ ...settings, PKCS11_KEY: keys }),
      database,
      () => {
        keys = 'second,first';
      },
    ),
  );
  await check('PKCS #11: bytes open in their own context only', async () => {
    const service = serviceOf(settings);
    const wrapped = await service.wrap('first', key, 'a');
    require(key.equals(Buffer.from(await service.unwrap('first', wrapped, 'a'))), 'other bytes');
    const error = await refusal(service.unwrap('first', wrapped, 'b'));
    require(error.failure === 'refused', error.message);
  });
  await check('PKCS #11: an absent key and an absent token are named', async () => {
    const absentKey = await refusal(serviceOf(settings).wrap('third', key, 'a'));
    require(absentKey.message.includes('no key with the label third'), absentKey.message);
    const absentToken = await refusal(
      serviceOf({ ...settings, PKCS11_TOKEN: 'other' }).wrap('first', key, 'a'),
    );
    require(absentToken.message.includes('there is no token other'), absentToken.message);
  });
}

const folder = await mkdtemp(path.join(os.tmpdir(), 'symbolon-kms-'));
// As root, PostgreSQL runs under another account, which must be able to enter the directory.
await chmod(folder, 0o711);
const packages = process.argv[2] ?? path.join(folder, 'packages');
await mkdir(packages, { recursive: true });
await installPackages(packages);
const standIns = new Map<string, StandIn>();
const { cert, private: key } = await generate([{ name: 'commonName', value: 'stand-ins' }], {
  keySize: 2048,
  extensions: [
    { name: 'basicConstraints', cA: true },
    {
      name: 'subjectAltName',
      altNames: [
        `kms.${region}.amazonaws.com`,
        'cloudkms.googleapis.com',
        'oauth2.googleapis.com',
        'login.microsoftonline.com',
        'tests.vault.azure.net',
      ].map((value) => ({ type: 2 as const, value })),
    },
  ],
});
tls.setDefaultCACertificates([...tls.getCACertificates('default'), cert]);
const serving = await serveStandIns((host) => standIns.get(host.replace(/:\d+$/, '')), { key, cert });
redirectHosts((host) => standIns.has(host), serving.port);
const postgres = await startEmbeddedPostgres(path.join(folder, 'postgres'));
const database = createDatabase({ url: postgres.url, poolSize: 5 });
try {
  await applyMigrations(postgres.url);
  await proveAws(database, standIns);
  await proveGcp(database, standIns, folder);
  await proveAzure(database, standIns);
  await proveSoftHsm(database, folder);
  process.stdout.write(
    failures.length === 0
      ? 'every service was driven as its own package drives it\n'
      : `FAILED: ${failures.length}\n`,
  );
  process.exitCode = failures.length === 0 ? 0 : 1;
} finally {
  await database.close();
  await postgres.stop();
  await serving.close();
  await rm(folder, { recursive: true, force: true });
}
process.exit();
