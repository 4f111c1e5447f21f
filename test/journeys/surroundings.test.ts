import { randomBytes } from 'node:crypto';
import { createServer, setGlobalProxyFromEnv } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { createBrokerApi } from '../../src/demo/broker-api.ts';
import { callProvider } from '../../src/demo/call-provider.ts';
import { createLab } from '../../src/lab/lab.ts';
import { strict } from '../../src/lab/profiles/strict.ts';
import { walk } from '../account/visitor.ts';
import { registerApp } from '../chaos/app.ts';
import { startProcess } from '../support/broker-process.ts';
import { createBrowser } from '../support/browser.ts';
import { begin, ended } from '../support/command.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { freePort } from '../support/world.ts';

// The environment of a process: the spelling of its address, proxies in environment variables, an output
// without a reader.

/** A proxy that refuses to forward and records its clients. */
async function startProxy() {
  const asked: string[] = [];
  const server = createServer(({ url }, response) => {
    asked.push(url ?? '');
    response.writeHead(502).end();
  });
  server.on('connect', ({ url }, socket) => {
    asked.push(url ?? '');
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('with an address in capitals and a proxy in the environment people sign in, and the broker does not use the proxy', async () => {
  const proxy = await startProxy();
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const lab = await createLab({ redirectOrigins: [issuer], profiles: [strict()] }).listen(0);
  onTestFinished(() => lab.close());
  const broker = await startProcess({
    PORT: String(port),
    PUBLIC_URL: `HTTP://LocalHost:${port}/`,
    ALLOWED_PRIVATE_HOSTS: new URL(lab.url).host,
    SHUTDOWN_DELAY: '0',
    NODE_USE_ENV_PROXY: '1',
    HTTP_PROXY: proxy.url,
    HTTPS_PROXY: proxy.url,
  });
  const published = await fetch(`${issuer}/.well-known/openid-configuration`);
  expect(await published.json()).toMatchObject({ issuer, token_endpoint: `${issuer}/oauth/token` });

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
  // A browser spells the page's own origin in its own way.
  const signedOut = await browser.submit(page, {
    form: page.forms.findIndex(({ method }) => method === 'POST'),
  });
  expect(signedOut.status).toBeLessThan(400);
  expect(proxy.asked).toEqual([]);
});

test('the demo and the lab do not use the proxy either', async () => {
  const lab = await createLab({ redirectOrigins: [] }).listen(0);
  onTestFinished(() => lab.close());
  const proxy = await startProxy();
  onTestFinished(setGlobalProxyFromEnv({ HTTP_PROXY: proxy.url }));
  await fetch(`${lab.url}/`).catch(() => undefined);
  expect(proxy.asked).toHaveLength(1);

  await createBrokerApi(lab.url)
    .identities('a token')
    .catch(() => undefined);
  expect(await callProvider({ url: new URL(`${lab.url}/github/user`), headers: {} })).toMatchObject({
    status: 401,
  });
  expect(proxy.asked).toHaveLength(1);
});

test('an output without a reader ends no process', async () => {
  const port = await freePort();
  const child = begin('main', [], {
    NODE_ENV: 'development',
    DATABASE_URL: await freshDatabaseUrl(),
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    HOST: '127.0.0.1',
    PORT: String(port),
    LOG_LEVEL: 'debug',
    SHUTDOWN_DELAY: '0',
  });
  const end = ended(child);
  // The signal comes before the process has reported that it runs.
  child.stdout.destroy();
  child.stderr.destroy();
  const alive = async () => (await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined))?.status;
  await expect.poll(alive, { timeout: 20_000, interval: 100 }).toBe(200);
  for (let times = 0; times < 10; times += 1) expect(await alive()).toBe(200);
  child.kill('SIGTERM');
  expect(await end).toMatchObject({ code: 0 });
});

test('a database connection that is lost while idle is logged as text', async () => {
  const url = await freshDatabaseUrl();
  const broker = await startProcess({ NODE_ENV: 'development', DATABASE_URL: url, SHUTDOWN_DELAY: '0' });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle'`,
  );
  await client.end();
  await expect.poll(async () => (await fetch(`${broker.url}/readyz`)).status, { timeout: 10_000 }).toBe(200);
  broker.child.kill('SIGTERM');
  const { stdout } = await broker.exited;
  const lines = stdout
    .split('\n')
    .filter((line) => line.includes('an idle connection to the database was lost'));
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(JSON.parse(line).err.message).toMatch(/\w+ \w+/);
});
