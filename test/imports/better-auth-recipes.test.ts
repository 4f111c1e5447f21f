import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { readBetterAuthUser } from '../../src/imports/formats/better-auth.ts';
import { createImportWorld, fileOf, type ImportWorld } from './import-world.ts';

let world: ImportWorld;

beforeAll(async () => {
  world = await createImportWorld();
});
beforeEach(() => world.empty());

/** The end of Ada's access token in the recorded files. */
const end = new Date('2026-11-30T10:20:30.456Z');

async function expectPeople(file: string): Promise<void> {
  const { tally, left, ids } = await world.run(file, readBetterAuthUser);
  expect(tally).toMatchObject({
    users: { read: 4, new: 3, left: 1 },
    identities: { new: 4 },
    tokens: { new: 4 },
  });
  expect(left.map(({ reason }) => reason).sort()).toEqual(['no_account', 'password', 'second_factor']);
  const people = await Promise.all(
    [...ids.values()].map(async (id) => {
      const user = await world.identities.findUser(id);
      const accounts = await world.linked(id);
      return {
        name: user?.name,
        createdAt: user?.createdAt.toISOString(),
        disabled: user?.disabledAt instanceof Date,
        accounts: accounts.map(({ alias, subject }) => `${alias} ${subject}`).sort(),
      };
    }),
  );
  const createdAt = '2025-02-03T04:05:06.789Z';
  expect(people.sort((one, two) => ((one.name ?? '') < (two.name ?? '') ? -1 : 1))).toEqual([
    {
      name: 'Ada',
      createdAt,
      disabled: false,
      accounts: ['github 583231', 'google 109876543210987654321'],
    },
    { name: 'Grace', createdAt, disabled: true, accounts: ['github 583233'] },
    { name: '林小雨 "quoted" \\ and 😀', createdAt, disabled: false, accounts: ['github 583232'] },
  ]);
  const { rows } = await world.database.pool.query(
    'SELECT access_expires_at FROM vault_entry WHERE access_expires_at IS NOT NULL',
  );
  expect(rows).toEqual([{ access_expires_at: end }]);
}

// The files were written by the recipes of docs/importing.md, from databases that better-auth 1.7.25 had created and filled.
it.each(['sqlite', 'mysql', 'prisma', 'drizzle', 'fields'])(
  'the recorded users of %s are imported',
  async (name) => {
    await expectPeople(new URL(`exports/better-auth-${name}.jsonl`, import.meta.url).pathname);
  },
);

it('the query for SQLite makes such a file', async () => {
  const page = await readFile('docs/importing.md', 'utf8');
  const query = page.match(/```sql\n(SELECT json_object[^`]*)```/)?.[1] ?? '';
  const schema = await readFile(new URL('exports/better-auth-sqlite.sql', import.meta.url), 'utf8');
  const recorded = new URL('exports/better-auth-sqlite.jsonl', import.meta.url);
  const users = (await readFile(recorded, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  using database = new DatabaseSync(':memory:');
  database.exec(schema);
  const insert = (table: string, row: Readonly<Record<string, string | number | null>>) => {
    const names = Object.keys(row);
    const marks = names.map(() => '?');
    database
      .prepare(`INSERT INTO "${table}" (${names.map((one) => `"${one}"`)}) VALUES (${marks})`)
      .run(...Object.values(row));
  };
  for (const { accounts, ...user } of users) {
    insert('user', { ...user, emailVerified: 0, updatedAt: user.createdAt });
    for (const [index, account] of accounts.entries())
      insert('account', { ...account, id: `${user.id}-${index}`, userId: user.id });
  }
  const lines = database
    .prepare(query)
    .all()
    .map((row) => `${Object.values(row)[0]}\n`);
  await expectPeople(await fileOf(lines.join('')));
});

it('docs/export/better-auth.mjs reads all pages through the adapter, without passwords', async () => {
  const module = path.join(path.dirname(await fileOf('')), 'auth.mjs');
  const source = `
    const users = Array.from({ length: 401 }, (_, at) => ({ id: String(1000 + at), name: 'n', createdAt: new Date(0) }));
    const accounts = users.map(({ id }) => ({ userId: id, providerId: 'github', accountId: id, password: 'hash' }));
    const fits = (row, { field, operator, value }) => operator === 'in' ? value.includes(row[field]) : row[field] > value;
    const findMany = async ({ model, where, limit }) =>
      (model === 'user' ? users : accounts).filter((row) => where.every((one) => fits(row, one))).slice(0, limit);
    export const auth = { $context: Promise.resolve({ adapter: { findMany } }) };`;
  await writeFile(module, source);
  const { stdout } = await promisify(execFile)(process.execPath, ['docs/export/better-auth.mjs', module]);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows).toHaveLength(401);
  expect(rows.at(-1)).toEqual({
    id: '1400',
    name: 'n',
    createdAt: '1970-01-01T00:00:00.000Z',
    accounts: [{ userId: '1400', providerId: 'github', accountId: '1400' }],
  });
});
