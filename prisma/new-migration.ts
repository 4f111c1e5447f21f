import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '../src/assembly/embedded-postgres.ts';
import { systemClock } from '../src/kit/clock.ts';
import { diffSchemas } from '../src/kit/database/migrate.ts';

// `npm run migration -- name [revision]` writes the SQL that leads from the schema of that git revision (HEAD unless
// told otherwise) to the one in the working tree. Read it before committing it: a rename looks like a loss and a gain.

const [name = '', revision = 'HEAD'] = process.argv.slice(2);
if (!/^[a-z0-9]+(_[a-z0-9]+)*$/.test(name)) {
  console.error('usage: npm run migration -- what_changes [git revision of the schema before]');
  process.exit(2);
}

const schemaFile = path.join(import.meta.dirname, 'schema.prisma');
const before = execFileSync('git', ['show', `${revision}:prisma/schema.prisma`], { encoding: 'utf8' });
const sql = await difference(before, await readFile(schemaFile, 'utf8'));

if (sql.startsWith('-- This is an empty migration')) {
  console.error(`prisma/schema.prisma says the same as in ${revision}`);
  process.exit(1);
}
const stamp = systemClock.now().toISOString().replace(/\D/g, '').slice(0, 14);
const directory = path.join(import.meta.dirname, 'migrations', `${stamp}_${name}`);
await mkdir(directory, { recursive: true });
await writeFile(path.join(directory, 'migration.sql'), sql);
console.info(path.relative(process.cwd(), path.join(directory, 'migration.sql')));
// The schema engine leaves a timer of ten seconds behind.
process.exit();

/** The schema engine wants a database to talk to, so it gets an empty one of its own. */
async function difference(from: string, to: string): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-migration-'));
  // As root, PostgreSQL runs under another account, which must be able to enter the directory.
  await chmod(directory, 0o711);
  const postgres = await startEmbeddedPostgres(path.join(directory, 'postgres'));
  try {
    return await diffSchemas(postgres.url, from, to);
  } finally {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
