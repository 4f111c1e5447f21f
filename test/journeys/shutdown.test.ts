import { createServer, Agent as KeepAlive, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { announce } from '../../src/assembly/announce.ts';
import { readMigrations } from '../../src/kit/database/migration-files.ts';
import { atEnd } from '../support/at-end.ts';
import { startProcess } from '../support/broker-process.ts';
import { emptyDatabaseUrl } from '../support/database.ts';
import { freePort } from '../support/world.ts';

// A process that is asked to stop reports it first, answers its pending requests, and resets no connection.

interface Answer {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly body: string;
}

function ask(url: string, agent: KeepAlive | false, post?: { token: string; body: object }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${post?.token}` };
    const sent = request(url, { agent, method: post ? 'POST' : 'GET', headers: post ? headers : {} });
    sent.on('error', reject);
    sent.on('response', async (answer) => {
      const { statusCode: status, headers } = answer;
      const body = await text(answer).catch(reject);
      resolve({ status, connection: headers.connection, body: body ?? '' });
    });
    sent.end(post && JSON.stringify(post.body));
  });
}

/** People who send requests on kept-alive connections, until no process answers at the port. */
function load(url: string, workers: number) {
  const agent = new KeepAlive({ keepAlive: true });
  const seen = { answers: 0, troubles: new Set<string>() };
  const work = async () => {
    for (;;) {
      try {
        await ask(`${url}/.well-known/jwks.json`, agent);
        seen.answers += 1;
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        seen.troubles.add(code ?? message);
        return;
      }
    }
  };
  const done = Promise.all(Array.from({ length: workers }, work)).then(() => agent.destroy());
  return { seen, done };
}

/** A provider whose metadata request is held back. */
async function slowProvider() {
  let release: (response: ServerResponse) => void = () => undefined;
  const asked = new Promise<ServerResponse>((resolve) => {
    release = resolve;
  });
  const server = createServer((_request, response) => release(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => server.closeAllConnections());
  atEnd(() => server.close());
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer = `http://${host}`;
  const configuration = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
  };
  const answer = async () => {
    const response = await asked;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(configuration));
  };
  return { host, issuer, asked, answer };
}

test('SIGTERM under load: readiness first, then the port, and no request is cut off', async () => {
  const provider = await slowProvider();
  const metricsPort = await freePort();
  const broker = await startProcess({
    SHUTDOWN_DELAY: '1',
    METRICS_PORT: String(metricsPort),
    ALLOWED_PRIVATE_HOSTS: provider.host,
  });
  const quiet = connect(broker.port, '127.0.0.1');
  quiet.on('error', () => undefined);
  const people = load(broker.url, 8);
  const slow = ask(`${broker.url}/admin/v1/connections`, false, {
    token: broker.adminToken,
    body: {
      alias: 'slow',
      provider: 'openid-connect',
      client_id: 'us',
      client_secret: 'a-secret-of-ours',
      endpoints: { issuer: provider.issuer },
    },
  });
  await provider.asked;

  broker.child.kill('SIGTERM');
  await expect.poll(async () => (await ask(`${broker.url}/readyz`, false)).status).toBe(503);
  expect((await ask(`${broker.url}/healthz`, false)).status).toBe(200);
  expect((await ask(`${broker.url}/.well-known/jwks.json`, false)).status).toBe(200);

  await people.done;
  expect([...people.seen.troubles]).toEqual(['ECONNREFUSED']);
  expect(people.seen.answers).toBeGreaterThan(100);
  expect((await ask(`http://127.0.0.1:${metricsPort}/metrics`, false)).status).toBe(200);
  expect(broker.child.exitCode).toBeNull();

  await provider.answer();
  expect(await slow).toMatchObject({ status: 201, connection: 'close' });
  expect(await broker.exited).toMatchObject({ code: 0, stderr: '' });
});

test('SIGHUP ends the process in the same way', async () => {
  const broker = await startProcess({ SHUTDOWN_DELAY: '0' });
  broker.child.kill('SIGHUP');
  expect(await broker.exited).toMatchObject({ code: 0, stderr: '' });
});

test('a first start and a stop by Ctrl-C say in few lines what to do next, and nothing else', async () => {
  const broker = await startProcess({
    DATABASE_URL: await emptyDatabaseUrl(),
    LOG_LEVEL: 'warn',
    SHUTDOWN_DELAY: '0',
  });
  broker.child.kill('SIGINT');
  const { code, stdout, stderr } = await broker.exited;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const migrations = (await readMigrations()).map(({ name }) => name);
  expect(stdout.split('\n')).toEqual([
    `Migrations applied: ${migrations.length}, the last ${migrations.at(-1)}`,
    '',
    'Symbolon is running.',
    '',
    expect.stringMatching(/^ {2}See {3}\S+\/account /),
    expect.stringMatching(/^ {8}\S+\/console /),
    expect.stringMatching(/^ {8}\S+\/docs /),
    '',
    '  The console has no admin yet. In another terminal, this prints a link that makes you its owner:',
    '    npm run symbolon -- admins invite --role owner',
    '',
    '  Ctrl-C stops everything; the data stays.',
    '',
  ]);
});

test('a start names no such command once there is an admin', () => {
  const lines: string[] = [];
  const config = { issuer: 'https://id.example', dataDirectory: '.data' };
  const open = { names: [], lab: undefined, demo: undefined, postgres: undefined, hasAdmin: true };
  announce(config, (line) => lines.push(line), open);
  expect(lines.join('\n')).not.toContain('admins invite');
  expect(lines.join('\n')).toContain('https://id.example/console');
});
