import { execFile } from 'node:child_process';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { atEnd } from '../support/at-end.ts';
import { createWorld, type World } from '../support/world.ts';
import { serveFixtures } from './conformance-fixtures.ts';
import { startAgent } from './stage.ts';

// The scenarios of the protocol's own conformance suite: those that need no tools of the suite against the product, and all
// against the suite's tools behind the same door. The suite sends no token, so that a gateway adds one.

const run = promisify(execFile);
const suite = 'node_modules/@modelcontextprotocol/conformance/dist/index.js';

let world: World;
let gateway: string;
let fixtures: string;

beforeAll(async () => {
  world = await createWorld({ mcp: true });
  const token = (await startAgent(world)).token();
  gateway = await openGateway(Number(new URL(world.issuer).port), token);
  fixtures = await openGateway(await serveFixtures(world), token);
});

/** Adds the token to the messages for a port of this machine. */
async function openGateway(port: number, token: string): Promise<string> {
  const { host, hostname } = new URL(world.issuer);
  const server = createServer((request, response) => {
    const own = `localhost:${(server.address() as AddressInfo).port}`;
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
  atEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://localhost:${(server.address() as AddressInfo).port}/mcp`;
}

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

/** The scenarios of each revision that the door does not pass, as docs/agents.md explains. */
const leftOut: Readonly<Record<string, readonly string[]>> = {
  '2026-07-28': [
    'tasks-lifecycle',
    'tasks-capability-negotiation',
    'tasks-wire-fields',
    'tasks-request-state-removal',
    'tasks-mrtr-input',
    'tasks-request-headers',
    'tasks-dispatch-and-envelope',
    'tasks-required-task-error',
    'tasks-mrtr-composition',
    'http-custom-header-server-validation',
  ],
  '2025-11-25': [
    'tools-call-sampling',
    'tools-call-elicitation',
    'elicitation-sep1034-defaults',
    'elicitation-sep1330-enums',
    'resources-subscribe',
    'resources-unsubscribe',
  ],
};

it.each(Object.keys(leftOut))(
  'passes what %s requires when the suite’s own tools are behind the door, a list apart',
  async (revision) => {
    const args = [suite, 'server', '--url', fixtures, '--requirements', revision];
    const { stdout } = await run(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }).catch(
      (error: { stdout: string }) => error,
    );
    const summary = stdout.slice(stdout.lastIndexOf('=== SUMMARY ==='));
    const results = Array.from(summary.matchAll(/^[✓✗] ([\w-]+): \d+ passed, (\d+) failed$/gm));
    expect(results.length).toBeGreaterThan(30);
    const failed = results.filter(([, , failures]) => failures !== '0').map(([, name]) => name);
    expect(failed).toEqual(leftOut[revision]);
  },
);
