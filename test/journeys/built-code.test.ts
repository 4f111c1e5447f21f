import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { createLab } from '../../src/lab/lab.ts';
import { strict } from '../../src/lab/profiles/strict.ts';
import { walk } from '../account/visitor.ts';
import { registerApp } from '../chaos/app.ts';
import { atEnd } from '../support/at-end.ts';
import { startProcess } from '../support/broker-process.ts';
import { createBrowser } from '../support/browser.ts';
import { begin, ended } from '../support/command.ts';
import { emptyDatabaseUrl } from '../support/database.ts';
import { freePort } from '../support/world.ts';

// The broker as the image has it: built by `npm run build` and run without the TypeScript.

let directory: string;

beforeAll(() => {
  // Within the checkout, whose packages it finds.
  mkdirSync('dist', { recursive: true });
  directory = mkdtempSync(path.resolve('dist/built-'));
  atEnd(() => rmSync(directory, { recursive: true, force: true }));
  const built = spawnSync(process.execPath, ['deploy/build.mjs', '--out', directory], { encoding: 'utf8' });
  expect(built).toMatchObject({ status: 0, stderr: '' });
});

test('built code has no TypeScript, and makes keys by its command line', async () => {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  expect(files.filter((file) => file.endsWith('.ts'))).toEqual([]);
  const { code, stdout } = await ended(begin('cli', ['keys', 'generate'], {}, directory));
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^\S+:\S{40,}\n/)]);
});

test('built code migrates an empty database, and people sign in, see their account and the reference', {
  timeout: 240_000,
}, async () => {
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const lab = await createLab({ redirectOrigins: [issuer], profiles: [strict()] }).listen(0);
  onTestFinished(() => lab.close());
  const broker = await startProcess(
    {
      DATABASE_URL: await emptyDatabaseUrl(),
      PORT: String(port),
      PUBLIC_URL: issuer,
      ALLOWED_PRIVATE_HOSTS: new URL(lab.url).host,
      MCP: 'on',
      SHUTDOWN_DELAY: '0',
    },
    directory,
  );
  const app = await registerApp({
    issuer,
    adminToken: broker.adminToken,
    lab,
    fleet: { ready: () => [broker] },
  });
  expect(await app.signIn('visitor-1')).toMatchObject({ accessToken: expect.any(String) });
  const browser = createBrowser();
  const start = await browser.submit(await browser.open(`${issuer}/account`));
  const page = await walk(browser, start, { connection: 'strict', user: 'visitor-1' });
  expect([page.status, page.url.href]).toEqual([200, `${issuer}/account`]);

  const document = await fetch(`${issuer}/openapi.json`);
  expect(await document.json()).toMatchObject({ openapi: '3.1.1' });
  const mark = readdirSync('src/http/assets/providers')[0];
  expect((await fetch(`${issuer}/assets/providers/${mark}`)).status).toBe(200);
});

test('the image compiles built code by the account that runs it', () => {
  const [, account = '', script = ''] =
    /^USER (\w+)\nRUN node \S+ --input-type=module --eval "([^"]+)"$/m.exec(
      readFileSync('Dockerfile', 'utf8'),
    ) ?? [];
  const [last] =
    readFileSync('Dockerfile', 'utf8')
      .match(/^USER \w+$/gm)
      ?.slice(-1) ?? [];
  expect(last).toBe(`USER ${account}`);
  const compiled = mkdtempSync(path.join(directory, 'compiled-'));
  const run = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: { NODE_COMPILE_CACHE: compiled },
    encoding: 'utf8',
    cwd: directory,
  });
  expect(run).toMatchObject({ status: 0 });
  expect(readdirSync(compiled).length).toBeGreaterThan(0);
});
