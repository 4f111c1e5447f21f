import { existsSync } from 'node:fs';

// Runs before `npm start`, under whatever Node there is: after `npm ci --ignore-scripts` there is neither the Node
// that runs TypeScript nor the database client, and what Node would say then helps nobody.

const [major] = process.versions.node.split('.').map(Number);
const generated = existsSync(new URL('../src/generated/prisma/client.ts', import.meta.url));

if (major < 24 || !generated) {
  console.error(
    `symbolon: the install scripts have not run (Node ${process.versions.node}${generated ? '' : ', no database client'}); run: npm rebuild && npm run generate`,
  );
  process.exit(1);
}
