// Writes the users of Better Auth with their accounts, one user a line, through the adapter of your own configuration:
//   node better-auth.mjs ./src/auth.js > users.jsonl
// The module must export `auth`. For a module in TypeScript, use `npx tsx better-auth.mjs ./src/auth.ts`.
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const module = await import(pathToFileURL(path.resolve(process.argv[2])).href);
const auth = module.auth ?? module.default;
const { adapter } = await auth.$context;
const pageSize = 200;
const mostAccounts = 100_000;

for (let page, last; page === undefined || page.length === pageSize; ) {
  const where = last === undefined ? [] : [{ field: 'id', operator: 'gt', value: last }];
  page = await adapter.findMany({
    model: 'user',
    where,
    limit: pageSize,
    sortBy: { field: 'id', direction: 'asc' },
  });
  const ids = page.map(({ id }) => id);
  last = ids.at(-1);
  const accounts = await adapter.findMany({
    model: 'account',
    where: [{ field: 'userId', operator: 'in', value: ids }],
    limit: mostAccounts,
  });
  for (const user of page) {
    const own = accounts.filter(({ userId }) => userId === user.id).map(({ password, ...rest }) => rest);
    process.stdout.write(`${JSON.stringify({ ...user, accounts: own })}\n`);
  }
}
// Connections to a database would keep the process.
process.stdout.write('', () => process.exit());
