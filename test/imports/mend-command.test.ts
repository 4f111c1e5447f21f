import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { mendSummary } from '../../src/cli/mend-report.ts';
import { atEnd } from '../support/at-end.ts';
import { createShell } from '../support/command.ts';
import { freshDatabase } from '../support/database.ts';

// `symbolon identities mend` as an operator runs it.

const database = await freshDatabase();
const settings = {
  DATABASE_URL: database.url,
  ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
};
const shell = createShell();

test('without a wrong id there is nothing to do, and a mistyped connection is named', async () => {
  const [all, elsewhere] = [
    await shell(['identities', 'mend', '--write', '--ask', '--merge'], settings),
    await shell(['identities', 'mend', '--connection', 'gogle'], settings),
  ];
  expect(all).toMatchObject({
    code: 0,
    stdout: 'No account has an id that no sign-in produces.\n',
    stderr: '',
  });
  expect(elsewhere).toMatchObject({ code: 1, stdout: '' });
  expect(elsewhere.stderr).toContain('There is no connection gogle.');
});

test('the ids of a second run are added to those of the first', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-mend-'));
  atEnd(() => rm(directory, { recursive: true, force: true }));
  const ids = path.join(directory, 'ids.jsonl');
  const before = '{"from":"usr_1","user":"usr_2"}\n';
  await writeFile(ids, before);
  const { code } = await shell(['identities', 'mend', '--write', '--merge', '--ids', ids], settings);
  expect([code, await readFile(ids, 'utf8')]).toEqual([0, before]);
});

test('a dry run says that it wrote nothing, and what each outcome means', () => {
  const counts = [
    { of: { connection: 'entra', outcome: 'rekeyed' }, count: 1200 },
    { of: { connection: 'slack', outcome: 'several_users' }, count: 3 },
  ] as const;
  const dry = mendSummary(counts, false);
  expect(dry).toMatch(
    /^Nothing was written\. It would be:\nCONNECTION +ACCOUNTS +OUTCOME\nentra +1,200 +rekeyed +gets /,
  );
  expect(dry).toMatch(/\nslack +3 +several_users +left: .*--merge.*\nAdd --write to do it\.$/);
  expect(mendSummary(counts, true)).toMatch(/^CONNECTION/);
});
