import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createEvents } from '../../src/kit/events/events.ts';
import { createLog } from '../../src/kit/log.ts';
import { atEnd } from '../support/at-end.ts';
import { createShell } from '../support/command.ts';
import { auditWorld } from './audit-world.ts';

const run = createShell();

it('symbolon audit verify says what a key that was given up leaves unproven', async () => {
  const next = { id: 'next', key: randomBytes(32) };
  const world = await auditWorld([{ id: 'lost', key: randomBytes(32) }]);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'symbolon-audit-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  const verify = () =>
    run(['audit', 'verify'], {
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://id.example.com',
      DATABASE_URL: world.database.url,
      ENCRYPTION_KEYS: `next:${next.key.toString('base64')}`,
      DATA_DIR: folder,
    });
  await world.record(3);
  await world.seal();
  const unproven = await verify();
  expect(unproven).toMatchObject({ code: 3 });
  expect(unproven.stdout).toContain('the seals 1 to 1 are not signed with a configured key');

  const after = world.ringOf([next]);
  const events = createEvents(world.database.pool, createLog('silent'), after.mark);
  await events.record({ type: 'encryption_key.abandoned', detail: { key: 'lost', keys: 1 } });
  await world.seal(after.chain);
  const vouched = await verify();
  expect(vouched.stdout).toMatch(
    /^4 events in 2 seals are whole\.\n.*\nOur keys vouch for the seals up to 2\.\n/,
  );
  expect(vouched.stdout).toContain('Key "lost" was given up at ');
  expect(vouched.code).toBe(0);

  // Events that the lost key marked, and that no seal had when it was lost.
  const [unsealed] = await world.record(1);
  await world.seal(after.chain);
  const left = await verify();
  expect(left.stdout).toMatch(new RegExp(`^forged +${unsealed} `));
  expect(left.stdout).toContain('their marks cannot be checked any more');
  expect(left.code).toBe(3);
});
