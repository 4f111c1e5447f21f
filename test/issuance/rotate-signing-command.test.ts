import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createShell } from '../support/command.ts';
import { freshDatabase } from '../support/database.ts';

// `symbolon keys rotate-signing` as an operator runs it.

const database = await freshDatabase();
const env = {
  DATABASE_URL: database.url,
  ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
};

const shell = createShell();
const run = (...args: string[]) => shell(['keys', 'rotate-signing', ...args], env);

const keys = async (state: string) =>
  (await database.prisma.signingKey.findMany({ where: { state }, orderBy: { id: 'asc' } })).map(
    ({ id }) => id,
  );

it('the command refuses while the next key is new, rotates when it is known, and at once if compromised', {
  timeout: 60_000,
}, async () => {
  const refused = await run();
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('too new for apps to know it') });
  const [signing, next] = [await keys('signing'), await keys('published')];
  await database.pool.query(`UPDATE signing_key SET created_at = now() - interval '2 hours'`);

  expect(await run()).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('30 days') });
  expect([await keys('signing'), await keys('retired')]).toEqual([next, signing]);

  expect(await run('--compromised')).toMatchObject({ code: 0, stderr: '' });
  expect(await keys('retired')).toEqual([]);
  expect(await keys('signing')).not.toEqual(next);
});
