import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { createBrowser } from '../support/browser.ts';
import { createWorld, freePort, type World } from '../support/world.ts';
import { press } from './stage.ts';

// The bridge by which hosts that start programs reach a server over HTTP, unmodified, with a client that an operator registered.

let world: World;

beforeAll(async () => {
  world = await createWorld({ mcp: true });
});

it('mcp-remote signs in, lists the tools, is told to connect, and reads', async () => {
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
  const address = addressIn(Readable.from(transport.stderr as Readable));
  const ready = client.connect(transport, { timeout: 30_000 });
  const url = new URL(await address);
  url.searchParams.set('connection', 'google');
  await press(browser, await browser.open(url), 'visitor-71');
  await ready;
  expect((await client.listTools()).tools).toHaveLength(6);
  const call = { name: 'call_api', arguments: { account: 'github', path: '/user' } };
  const asked = await client.callTool(call);
  const { connect_url } = asked.structuredContent as { connect_url: string };
  await press(browser, await browser.open(connect_url), 'visitor-71');
  expect((await client.callTool(call)).structuredContent).toMatchObject({ status: 200, source: 'github' });
});

/** Returns the address at which the bridge asks the person to sign in. */
async function addressIn(log: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of log) {
    text += String(chunk);
    const [, found] = /(http:\/\/localhost:\d+\/authorize\?\S+)\s/.exec(text) ?? [];
    if (found !== undefined) return found;
  }
  throw new Error(`the bridge has ended: ${text}`);
}
