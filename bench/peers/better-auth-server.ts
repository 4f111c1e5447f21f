import { createServer } from 'node:http';
import pg from 'pg';
import { betterAuthOptions, loadBetterAuth } from './better-auth-package.ts';

// The process of a Better Auth server: the package as npm has it, with its handler for Node and its adapter for PostgreSQL.

const [folder = '', databaseUrl = '', port = '', secret = ''] = process.argv.slice(2);
const { betterAuth, toNodeHandler } = await loadBetterAuth(folder);
// As many connections as the broker has.
const database = new pg.Pool({ connectionString: databaseUrl, max: 20 });
const handler = toNodeHandler(betterAuth(betterAuthOptions(database, Number(port), secret)));
const server = createServer((request, response) => {
  // The bench waits for this path.
  if (request.url === '/healthz') response.end();
  else handler(request, response);
});
server.listen(Number(port), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
