import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lostRowsOf } from '../../src/assembly/lost-keys.ts';
import { openUncheckedStore } from '../../src/assembly/open-store.ts';
import { readConfig } from '../../src/config.ts';
import { createKeyring, type EncryptionKey } from '../../src/kit/keys/keyring.ts';
import { sealColumn } from '../../src/kit/keys/sealed-column.ts';
import { createApp } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { createShell } from '../support/command.ts';
import { createWorld } from '../support/world.ts';

// A key is lost for good. The operator gives it up: people authorise again, and nothing else is lost.

const lost = { id: 'lost', key: randomBytes(32) };
const next = { id: 'next', key: randomBytes(32) };
const world = await createWorld({ keys: [lost] });
const { pool, url } = world.database;
const run = createShell();
const folder = await mkdtemp(path.join(os.tmpdir(), 'symbolon-abandon-'));
atEnd(() => rm(folder, { recursive: true, force: true }));

const settings = (keys: readonly EncryptionKey[]) => ({
  NODE_ENV: 'development',
  DATABASE_URL: url,
  DATA_DIR: folder,
  ENCRYPTION_KEYS: keys.map(({ id, key }) => `${id}:${Buffer.from(key).toString('base64')}`).join(),
});
const symbolon = (keys: readonly EncryptionKey[], ...args: string[]) => run(args, settings(keys));
const one = async <T extends object>(text: string): Promise<T> => {
  const [row] = (await pool.query<T>(text)).rows;
  if (!row) throw new Error(`no row: ${text}`);
  return row;
};
const entry = () =>
  one<{ state: string; state_reason: string | null; key_id: string; bytes: number }>(
    'SELECT state, state_reason, key_id, length(ciphertext) AS bytes FROM vault_entry',
  );

test('a lost key is given up, and everything starts again without it', async () => {
  const app = await createApp(world, { connections: ['github'] });
  await app.signIn({ connection: 'github', user: 'ada', scope: 'openid profile email idp:github' });
  await pool.query(
    `INSERT INTO webhook_endpoint (id, url, events, secrets) VALUES ('whk_1', 'https://app.example/hook', '{}', $1)`,
    [sealColumn(createKeyring([lost]), '[]', 'webhook_endpoint:whk_1:secrets')],
  );
  await pool.query(
    `INSERT INTO departure (id, identity_id, user_id, connection_id, connection, provider, subject, ciphertext, wrapped_key,
       key_id, version, next_at, created_at)
     VALUES ('dep_1', 'idn_gone', 'usr_gone', 'con_gone', 'github', 'github', '7', 'x', 'y', 'lost', 1, now(), now())`,
  );
  await mkdir(path.join(folder, 'unsaved'));
  const spill = path.join(folder, 'unsaved', 'abc.sealed');
  await writeFile(spill, sealColumn(createKeyring([lost]), '{}', 'spill:abc'));

  const refused = await symbolon([next], 'times', 'check');
  expect(refused.stderr).toContain('key "lost" is missing');

  const asked = await symbolon([next], 'keys', 'abandon', 'lost');
  expect(asked.code).toBe(1);
  expect(asked.stderr).toContain('Nothing was done. To confirm, add --yes.');
  expect(asked.stdout).toContain('1 vault entries: their people have to authorise again (`key_lost`)');
  expect(asked.stdout).toContain('6 signing keys: new ones take their place');
  expect(asked.stdout).toContain('1 webhook secrets: their endpoints are disabled');
  expect(asked.stdout).toContain('whk_1 (app.example)');
  expect(asked.stdout).toContain(`${spill}: a refreshed token that was not saved`);
  expect(await entry()).toMatchObject({ state: 'active', key_id: 'lost' });

  const done = await symbolon([next], 'keys', 'abandon', 'lost', '--yes');
  expect(done.stderr).toBe('');
  expect(done.stdout).toContain('Gave up lost. Start the brokers again.');
  expect(await entry()).toEqual({
    state: 'reauthorization_required',
    state_reason: 'key_lost',
    key_id: 'next',
    bytes: 0,
  });
  expect(await one('SELECT state, last_error, subject, ciphertext, key_id FROM departure')).toEqual({
    state: 'gave_up',
    last_error: 'key_lost',
    subject: null,
    ciphertext: null,
    key_id: null,
  });
  expect(await one('SELECT enabled FROM webhook_endpoint')).toEqual({ enabled: false });
  expect(await one(`SELECT enabled, client_secret FROM connection WHERE alias = 'github'`)).toEqual({
    enabled: false,
    client_secret: null,
  });
  expect(await one('SELECT count(*)::int AS people FROM "user"')).toEqual({ people: 1 });
  expect(await one('SELECT count(*)::int AS links FROM identity')).toEqual({ links: 1 });
  expect(await one('SELECT count(*)::int AS consents FROM consent')).toEqual({ consents: 1 });

  const { rows: events } = await pool.query(
    `SELECT type, actor_kind, connection, user_id IS NOT NULL AS owned, detail FROM audit_event
     WHERE type = 'encryption_key.abandoned' OR detail->>'reason' = 'key_lost' ORDER BY type`,
  );
  expect(events).toMatchObject([
    {
      type: 'encryption_key.abandoned',
      actor_kind: 'cli',
      detail: { key: 'lost', vault_entries: 1, signing_keys: 6 },
    },
    {
      type: 'token.reauthorization_required',
      actor_kind: 'cli',
      connection: 'github',
      owned: true,
      detail: { reason: 'key_lost' },
    },
  ]);

  // The key of the row tags was lost too, so the operator says that the rows are believed as they are.
  expect((await symbolon([next], 'times', 'check')).stderr).toContain('symbolon rows adopt --yes');
  expect((await symbolon([next], 'rows', 'adopt', '--yes')).code).toBe(0);
  expect((await symbolon([next], 'times', 'check')).stderr).toBe('');
  expect((await symbolon([next], 'keys', 'report')).stdout).not.toContain('lost');
  // A broker without the lost key starts, signs with new keys, and asks for the person.
  const sibling = await world.another({ keys: [next] });
  const headers = { authorization: `Bearer ${world.adminToken}` };
  const { id } = await one<{ id: string }>('SELECT id FROM "user"');
  const answer = await fetch(`${sibling.url}/admin/v1/users/${id}/identities`, { headers });
  expect(JSON.stringify(await answer.json())).toContain('"reason":"key_lost"');
  const jwks: unknown = await (await fetch(`${sibling.url}/.well-known/jwks.json`)).json();
  expect(jwks).toMatchObject({ keys: { length: 6 } });

  const again = await symbolon([next], 'keys', 'abandon', 'lost', '--yes');
  expect(again.stderr).toContain('key lost seals nothing and is not known');
});

test('every kind of sealed value can be given up', async () => {
  await using opened = new AsyncDisposableStack();
  const store = await openUncheckedStore(readConfig(settings([next])), opened, { command: true });
  const kinds = [...store.sealed.lasting, ...store.sealed.expiring].map(({ name }) => name);
  expect(
    lostRowsOf(store)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(kinds.sort());
});

test('a key that is configured is not given up', async () => {
  const { code, stderr } = await symbolon([next], 'keys', 'abandon', 'next', '--yes');
  expect(stderr).toContain('key next is configured, so it is not lost');
  expect(code).toBe(1);
});

test('a key management service is given up with all keys that it wrapped', async () => {
  const intermediate = createKeyring([{ id: 'iky_1', key: randomBytes(32) }]);
  await pool.query(
    `INSERT INTO intermediate_key (id, provider, kms_key, purpose, wrapped)
     VALUES ('iky_1', 'aws-kms', 'arn', 'seal', 'x'), ('derive.aws-kms.1', 'aws-kms', 'arn', 'derive', 'x')`,
  );
  const { ciphertext, wrappedKey } = intermediate.seal('{}', 'any');
  await pool.query(
    `UPDATE vault_entry SET state = 'active', key_id = 'iky_1', ciphertext = $1, wrapped_key = $2`,
    [ciphertext, wrappedKey],
  );
  const refused = await symbolon([next], 'times', 'check');
  expect(refused.stderr).toContain(
    '"iky_1" is missing: it seals 1 vault entries (KEY_PROVIDER_ALSO: add the service',
  );
  const { stderr, code } = await symbolon([next], 'keys', 'abandon', 'aws-kms', '--yes');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(await entry()).toMatchObject({ state_reason: 'key_lost', key_id: 'next' });
  expect(await one('SELECT count(*)::int AS left FROM intermediate_key WHERE abandoned_at IS NULL')).toEqual({
    left: 0,
  });
});
