import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { hours, minutes } from '../../src/kit/clock.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, freePort, type World } from '../support/world.ts';
import { passTime, press } from './stage.ts';

// The bridge by which hosts that start programs reach a server over HTTP, unmodified, with a client that an operator registered.

let world: World;

beforeAll(async () => {
  world = await createWorld({ mcp: true });
});

it('mcp-remote signs in, lists the tools, is told to connect, reads, and goes on after an hour', async () => {
  const port = await freePort();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'symbolon-mcp-remote-'));
  const { app } = await world.broker.issuance.apps.create({
    name: 'Desktop',
    type: 'native',
    redirectUris: [`http://127.0.0.1:${port}/oauth/callback`],
    apis: [`${world.issuer}/mcp`],
  });
  const about = JSON.stringify({ client_id: app.id });
  const bridge = path.resolve('node_modules/mcp-remote/dist/proxy.js');
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [
      bridge,
      `${world.issuer}/mcp`,
      String(port),
      '--host',
      '127.0.0.1',
      '--static-oauth-client-info',
      about,
    ],
    // No browser is found there. The bridge also writes the address to its log.
    env: { PATH: '', MCP_REMOTE_CONFIG_DIR: folder },
    stderr: 'pipe',
  });
  const client = new Client({ name: 'host', version: '1' });
  onTestFinished(async () => {
    await client.close();
    await rm(folder, { recursive: true, force: true });
  });
  const browser = createBrowser();
  const asked = addressesIn(transport.stderr as Readable);
  const ready = client.connect(transport, { timeout: 90_000 });
  await expect.poll(() => asked.length, { timeout: 80_000 }).toBe(1);
  const url = new URL(asked[0] ?? '');
  url.searchParams.set('connection', 'google');
  await press(browser, await browser.open(url), 'visitor-71');
  await ready;
  expect((await client.listTools()).tools).toHaveLength(6);
  const call = { name: 'call_api', arguments: { account: 'github', path: '/user' } };
  const first = await client.callTool(call);
  const { connect_url } = first.structuredContent as { connect_url: string };
  await press(browser, await browser.open(connect_url), 'visitor-71');
  const answer = { structuredContent: { status: 200, source: 'github' } };
  expect(await client.callTool(call)).toMatchObject(answer);
  passTime(world, hours(1) + minutes(5));
  expect(await client.callTool(call)).toMatchObject(answer);
  expect(asked).toHaveLength(1);
});

/** Returns the addresses at which the bridge asks the person to sign in, as they appear in its log. */
function addressesIn(log: Readable): readonly string[] {
  const found: string[] = [];
  let text = '';
  log.on('data', (chunk) => {
    text += String(chunk);
    // The bridge writes an address twice.
    for (const [, address = ''] of text.matchAll(/(http:\/\/localhost:\d+\/authorize\?\S+)\s/g))
      if (!found.includes(address)) found.push(address);
  });
  return found;
}
