import { execFile } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { tableOf } from '../../src/cli/table.ts';
import { type Deployment, quietPeople, walkBetterAuth } from './peers-import/better-auth-walk.ts';
import type { Row } from './peers-import/judge.ts';
import { logtoConnectors } from './peers-import/logto-connectors.ts';
import { walkLogto } from './peers-import/logto-walk.ts';
import { say, setStage } from './peers-import/stage.ts';

// npm run prove:peers-import [-- folder of installed packages]. Better Auth from npm, with its newest schema, runs beside
// the lab in three deployments. Forty people each sign in there at fourteen providers. Their data is exported by the
// query of docs/importing.md and imported by the command line. Then the same people sign in here. Logto likewise, with its
// own tables and connectors; its core is not on npm.

const betterAuthVersion = '1.7.25';
/** The version of Logto's tables, by its command. */
const logtoVersion = '1.43.0';
const deployments: readonly Deployment[] = ['plain', 'encrypted', 'versioned'];

const run = promisify(execFile);

/** Installs the peers into a folder of their own. None becomes a dependency. */
async function install(folder: string): Promise<void> {
  const there = await access(path.join(folder, 'node_modules/better-auth')).then(
    () => true,
    () => false,
  );
  if (there) return;
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{"private":true}');
  const connectors = logtoConnectors.map(({ name, version }) => `@logto/connector-${name}@${version}`);
  const wanted = [`better-auth@${betterAuthVersion}`, `@logto/cli@${logtoVersion}`, ...connectors];
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['install', '--prefix', folder, ...flags, ...wanted], { timeout: 120_000 });
}

function print(rows: readonly Row[]): void {
  const share = (some: number, all: number) => (all === 0 ? '–' : `${some} of ${all}`);
  const lines = rows.map((row) => [
    row.product,
    row.deployment,
    row.provider,
    share(row.arrived, row.accounts),
    share(row.worked, row.living),
    share(row.refreshed, row.refreshable),
    row.faults.length === 0 ? 'yes' : 'NO',
  ]);
  const heads = ['product', 'deployment', 'provider', 'arrived', 'tokens work', 'refreshed', 'as it should'];
  process.stdout.write(`\n${tableOf([heads, ...lines])}`);
  for (const { product, deployment, provider, faults } of rows)
    for (const fault of faults)
      process.stdout.write(`FAIL  ${product} ${deployment} ${provider}: ${fault}\n`);
}

const opened = new AsyncDisposableStack();
try {
  const stage = await setStage(deployments.length + 1, opened);
  const folder = process.argv[2] ?? path.join(stage.directory, 'packages');
  await install(folder);
  say('the lab, the broker and the packages are ready');
  const rows: Row[] = [];
  for (const [index, deployment] of deployments.entries()) {
    const port = stage.ports[index] ?? 0;
    const walk = { stage, folder, version: betterAuthVersion, deployment, port, first: 1 + 100 * index };
    rows.push(...(await walkBetterAuth(walk)));
  }
  const logto = { stage, folder, version: logtoVersion, port: stage.ports.at(-1) ?? 0, first: 401 };
  rows.push(...(await walkLogto(logto)));
  print(rows);
  const people = 40 * (deployments.length + 1) + quietPeople;
  const users = await stage.users();
  if (users !== people) process.stdout.write(`FAIL  ${people} people are ${users} users here\n`);
  const faults = rows.reduce((sum, row) => sum + row.faults.length, Number(users !== people));
  process.stdout.write(faults === 0 ? `${people} people are as many users here\n` : `FAILED: ${faults}\n`);
  process.exitCode = faults === 0 ? 0 : 1;
} finally {
  await opened.disposeAsync();
}
process.exit();
