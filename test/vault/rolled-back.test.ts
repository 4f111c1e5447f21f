import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createAuditChain } from '../../src/kit/audit/close-seals.ts';
import { minutes } from '../../src/kit/clock.ts';
import { createEventMark } from '../../src/kit/events/event-mark.ts';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { createLog } from '../../src/kit/log.ts';
import { createApp } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { createShell } from '../support/command.ts';
import { createWorld } from '../support/world.ts';

// Another hand puts back the row of an entry while no process runs, so no process remembers a newer one.

const key = { id: 'k1', key: randomBytes(32) };
const world = await createWorld({ keys: [key] });
const { pool, url } = world.database;
const folder = await mkdtemp(path.join(os.tmpdir(), 'symbolon-rolled-back-'));
atEnd(() => rm(folder, { recursive: true, force: true }));
const run = createShell();
const verify = () =>
  run(['audit', 'verify'], {
    NODE_ENV: 'development',
    DATABASE_URL: url,
    DATA_DIR: folder,
    ENCRYPTION_KEYS: `k1:${key.key.toString('base64')}`,
  });

const keyring = createKeyring([key]);
const chain = createAuditChain({
  ...{ pool, keyring, mark: createEventMark(keyring), log: createLog('silent') },
  // The chain compares with the times of the database.
  clock: { now: () => new Date() },
});

async function seal(): Promise<void> {
  const open = `SELECT count(*)::int AS open FROM audit_event
    WHERE tx::text::bigint >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint`;
  await expect.poll(async () => (await pool.query(open)).rows[0].open).toBe(0);
  await chain.close();
}

const columns = ['ciphertext', 'wrapped_key', 'key_id', 'version'] as const;
const entry = async () => (await pool.query(`SELECT ${columns.join()} FROM vault_entry`)).rows[0];

test('symbolon audit verify names an entry whose older row was put back alone', async () => {
  const app = await createApp(world, { connections: ['google'] });
  await app.signIn({ connection: 'google', user: 'ada', scope: 'openid profile idp:google' });
  const [{ id, user_id: user }] = (await pool.query('SELECT id, user_id FROM identity')).rows;
  const rows = [await entry()];
  for (const version of [2, 3]) {
    world.clock.advance(minutes(2));
    const answer = await fetch(`${world.issuer}/admin/v1/users/${user}/identities/${id}/refresh`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.adminToken}` },
    });
    expect(answer.status).toBe(200);
    rows.push(await entry());
    expect(rows.at(-1).version).toBe(version);
  }
  await seal();
  expect(await verify()).toMatchObject({ code: 0 });

  for (const older of rows.slice(0, 2)) {
    await pool.query(
      `UPDATE vault_entry SET ciphertext = $1, wrapped_key = $2, key_id = $3, version = $4`,
      columns.map((name) => older[name]),
    );
    const found = await verify();
    expect(found.stdout).toMatch(
      new RegExp(
        `^rolled_back +evt_\\S+ the vault entry of ${id} has version ${older.version}, and .* version 3`,
      ),
    );
    expect(found.code).toBe(3);
  }
});
