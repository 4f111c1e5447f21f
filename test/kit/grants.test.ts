import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { grantsOf } from '../../src/kit/database/grants.ts';
import { createShell } from '../support/command.ts';
import { asNewRole, asSuperuser, freshDatabaseUrl } from '../support/database.ts';

const runCommand = createShell();
const owner = await freshDatabaseUrl();

it('the page has the statements that `migrate --grant` runs', () => {
  const [, sql = ''] =
    readFileSync('docs/database.md', 'utf8').split('<!-- to run -->')[1]?.split('```sql') ?? [];
  const page = (sql.split('```')[0] ?? '').trim().split(/;\n?/).filter(Boolean);
  expect(page).toEqual(grantsOf('symbolon_app'));
  expect(grantsOf('My "role"', 'own')[0]).toBe('GRANT USAGE ON SCHEMA own, jobs TO "My ""role"""');
});

it.each([
  ['a_role_that_is_missing', /there is no role/],
  ['postgres', /owns the tables/],
])('no rights are given to %s', async (role, words) => {
  const { code, stderr } = await runCommand(['migrate', '--grant', role], { DATABASE_URL: owner });
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(words) });
});

it('the role with these rights sees by `migrate --check` whether a migration is due, and applies none', async () => {
  const { url, role } = await asNewRole(owner);
  expect((await runCommand(['migrate', '--grant', role], { DATABASE_URL: owner })).code).toBe(0);
  const check = () => runCommand(['migrate', '--check'], { DATABASE_URL: url });
  expect(await check()).toMatchObject({ code: 0, stdout: 'The database is up to date.\n' });
  const [{ name }] = (await asSuperuser(
    owner,
    `UPDATE _prisma_migrations SET finished_at = NULL
      WHERE migration_name = (SELECT max(migration_name) FROM _prisma_migrations) RETURNING migration_name AS name`,
  )) as [{ name: string }];
  expect(await check()).toMatchObject({ code: 1, stdout: `Due: ${name}\n` });
  expect((await runCommand(['migrate'], { DATABASE_URL: url })).stderr).toContain('run `symbolon migrate`');
});
