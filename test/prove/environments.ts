import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { tableOf } from '../../src/cli/table.ts';
import { end } from '../support/at-end.ts';
import { type Environment, environments } from './environments/list.ts';
import { ask, binaries, libfaketime, type Server, startServer } from './environments/servers.ts';
import { walk } from './environments/walk.ts';

// npm run prove:environments. Runs one walk from sign-in to the command line in every environment of this
// machine: versions of PostgreSQL (POSTGRES_BINARIES names more folders), settings, schemas, roles, TLS, ICU,
// clocks that differ.

const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-environments-'));
await chmod(directory, 0o711);
const rows: string[][] = [['PostgreSQL', 'environment', 'outcome']];
const left: string[] = [];
const plain = environments.slice(0, 1);
let failed = 0;

async function walkAll(server: Server, chosen: readonly Environment[], label = ''): Promise<void> {
  for (const { name, made = `ENCODING 'UTF8' TEMPLATE template0`, prepare } of chosen) {
    const database = `e_${randomBytes(5).toString('hex')}`;
    const begun = performance.now();
    let outcome = 'holds';
    try {
      await ask(server.url, `CREATE DATABASE ${database} ${made}`);
      const url = Object.assign(new URL(server.url), { pathname: `/${database}` }).href;
      await walk(await prepare(server, { url, name: database }));
    } catch (error) {
      const { message } = error as Error;
      outcome = /ICU is not supported/.test(message)
        ? 'left out: built without ICU'
        : (message.split('\n')[0] ?? '');
      if (!outcome.startsWith('left out')) failed += 1;
    }
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    process.stdout.write(`${server.version} ${label}${name}: ${outcome} (${seconds} s)\n`);
    rows.push([server.version, `${label}${name}`, outcome]);
    await end();
    await ask(server.url, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  }
}

const only = process.argv[2];
const wanted = environments.filter(({ name }) => only === undefined || name.includes(only));
const found = new Set<string>();
for (const [index, bin] of binaries().entries()) {
  const server = await startServer(bin, path.join(directory, `server-${index}`));
  found.add(server.version.split('.')[0] ?? '');
  await walkAll(server, wanted);
  await server.stop();
  if (!libfaketime) continue;
  for (const skew of [600, -600]) {
    const other = await startServer(bin, path.join(directory, `skewed-${index}-${skew}`), skew);
    await walkAll(other, plain, `clock ${skew} s, `);
    await other.stop();
  }
}
for (const version of ['15', '17', '18']) if (!found.has(version)) left.push(`PostgreSQL ${version}`);
if (!libfaketime) left.push('clocks that differ (libfaketime)');
await rm(directory, { recursive: true, force: true });
process.stdout.write(`\n${tableOf(rows)}`);
if (left.length > 0) process.stdout.write(`not found here, so left out: ${left.join(', ')}\n`);
process.exit(failed === 0 ? 0 : 1);
