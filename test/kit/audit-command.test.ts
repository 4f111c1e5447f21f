import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { headFileOf } from '../../src/kit/audit/head-file.ts';
import { createShell } from '../support/command.ts';
import { auditWorld } from './audit-world.ts';

const run = createShell();

it('symbolon audit verifies, exports and shortens the audit, and its exit code tells', async () => {
  const key = randomBytes(32);
  const world = await auditWorld([{ id: 'k1', key }]);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'symbolon-audit-'));
  const settings = {
    NODE_ENV: 'production',
    PUBLIC_URL: 'https://id.example.com',
    DATABASE_URL: world.database.url,
    ENCRYPTION_KEYS: `k1:${key.toString('base64')}`,
    DATA_DIR: folder,
  };
  const audit = (...args: string[]) => run(['audit', ...args], settings);
  const ids = await world.record(4);
  await world.seal();
  const [head] = await world.heads();

  const whole = await audit('verify', '--head', head.hash);
  expect(whole).toMatchObject({ code: 0, stderr: '' });
  expect(whole.stdout).toMatch(/^4 events in 1 seals are whole\.\nThe newest is seal 1 .*\nOur keys vouch/);

  const exported = await audit('export');
  const file = path.join(folder, 'audit.jsonl');
  await writeFile(file, exported.stdout);
  expect(await audit('verify', file, '--signed')).toMatchObject({ code: 0 });
  expect((await audit('verify', file)).stdout).toContain('The signatures were not checked');

  await writeFile(
    headFileOf(folder, world.database.url),
    JSON.stringify({ seq: '9', hash: 'ab'.repeat(32), closed_at: new Date().toISOString() }),
  );
  await world.sql(`UPDATE audit_event SET app_id = 'app_x' WHERE id = $1`, [ids[2]]);
  const found = await audit('verify', '--json');
  expect(found.code).toBe(3);
  expect(JSON.parse(found.stdout)).toMatchObject({
    whole: false,
    events: 4,
    findings: [{ kind: 'changed', event: ids[2], type: 'app.created', seal: '1' }, { kind: 'head' }],
  });
  expect((await audit('verify')).stdout).toMatch(
    new RegExp(`^changed +${ids[2]} app.created .* seal 1: the event`),
  );

  expect(await audit('verify', '--head', 'x')).toMatchObject({ code: 1 });
  const policy = [
    '--before',
    new Date(Date.now() + 60_000).toISOString(),
    '--reason',
    'a test of the policy',
  ];
  expect((await audit('truncate', ...policy)).stdout).toBe('Deleted 4 events of 1 seals.\n');
  const rest = await audit('verify', '--json');
  expect(JSON.parse(rest.stdout)).toMatchObject({ events: 0, notes: [expect.stringContaining('by policy')] });
});
