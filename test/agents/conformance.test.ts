import { execFile } from 'node:child_process';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { atEnd } from '../support/at-end.ts';
import { createWorld, type World } from '../support/world.ts';
import { startAgent } from './stage.ts';

// The scenarios of the protocol's own conformance suite that need no tools of the suite. It sends no token, so that a gateway
// adds one; the messages are the suite's.

const run = promisify(execFile);
const suite = 'node_modules/@modelcontextprotocol/conformance/dist/index.js';

let world: World;
let gateway: string;

beforeAll(async () => {
  world = await createWorld({ mcp: true });
  const agent = await startAgent(world);
  const token = agent.token();
  const { host, hostname, port } = new URL(world.issuer);
  const server = createServer((request, response) => {
    const own = String(new URL(gateway).host);
    const headers = { ...request.headers, authorization: `Bearer ${token}` };
    if (headers.host === own) headers.host = host;
    if (headers.origin === `http://${own}`) headers.origin = world.issuer;
    const { method, url: path } = request;
    const onward = forward({ hostname, port, path, method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    response.once('close', () => onward.destroy());
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  gateway = `http://localhost:${(server.address() as AddressInfo).port}/mcp`;
  atEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});

interface Check {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
}

/** Runs a scenario, and returns its checks. */
async function checksOf(scenario: string): Promise<readonly Check[]> {
  const args = [suite, 'server', '--url', gateway, '--scenario', scenario, '--verbose'];
  const { stdout } = await run(process.execPath, args).catch((error: { stdout: string }) => error);
  const begin = stdout.indexOf('\n[');
  return JSON.parse(stdout.slice(begin, stdout.lastIndexOf('\n]') + 2));
}

/** Some checks call tools of the suite's own, which no product has. */
const needsFixture = /^Not testable: server does not list the diagnostic tool/;

it.each([
  'tools-list',
  'http-header-validation',
  'dns-rebinding-protection',
  'server-stateless',
  'server-initialize',
  'ping',
])('passes the scenario %s', async (scenario) => {
  const checks = await checksOf(scenario);
  expect(checks.length).toBeGreaterThan(0);
  const failed = checks.filter(({ status }) => status === 'FAILURE');
  expect(failed.filter(({ errorMessage = '' }) => !needsFixture.test(errorMessage))).toEqual([]);
});
