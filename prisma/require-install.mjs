import { existsSync } from 'node:fs';

// Runs before `npm start`, under whatever Node there is. Node 24 is an optional package of this platform, so `npm ci
// --omit=optional`, or a platform without such a package, leaves an older Node. After `npm ci --ignore-scripts` the database
// client is missing. Node's own messages for these cases do not say what to do.

const [major] = process.versions.node.split('.').map(Number);
const platform = `${process.platform} on ${process.arch}`;

if (major < 24) {
  console.error(
    `symbolon: Node ${process.versions.node} is too old, and the packages of npm ci brought no Node 24 for ${platform}: install Node 24 or newer, or run: npm ci --include=optional`,
  );
  process.exit(1);
}
// Built code has the client in it.
const has = (file) => existsSync(new URL(`../src/${file}`, import.meta.url));
if (!has('generated/prisma/client.ts') && !has('built/run.js')) {
  console.error('symbolon: the install scripts have not run (no database client); run: npm run generate');
  process.exit(1);
}
