import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApp, type TestApp } from '../support/app.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, freePort, type World } from '../support/world.ts';
import { install, startExample, walk } from './example.ts';

// The example unchanged, as a process of its own: an MCP server that uses the broker.

let world: World;

describe('examples/mcp-server', () => {
  let app: TestApp;
  let resource: string;

  beforeAll(async () => {
    world = await createWorld();
    resource = `http://localhost:${await freePort()}/mcp`;
    const { apis, apps } = world.broker.issuance;
    const { id } = await apis.create({
      identifier: resource,
      name: 'GitHub profile',
      scopes: [{ name: 'profile:read', description: 'Read your GitHub profile' }],
      connections: [{ connection: 'github', proxy: [{ methods: ['GET'], path: '/user' }] }],
    });
    const secret = (await apis.rotateSecret(id)).reveal();
    world.remember(secret);
    app = await createApp(world, { connections: [] });
    await apps.update(app.clientId, { apis: [resource] });
    await startExample({
      command: process.execPath,
      args: ['server.js'],
      cwd: install('mcp-server'),
      env: { ISSUER: world.issuer, RESOURCE: resource, CLIENT_ID: id, CLIENT_SECRET: secret },
    });
  });

  async function profile(scope: string, options: { urls?: (url: string) => Promise<void> } = {}) {
    const user = 'ada';
    const browser = createBrowser({ stopAt: ['https://app.example/'] });
    const tokens = await app.signIn({ connection: 'github', user, scope, browser, parameters: { resource } });
    const client = new Client(
      { name: 'test', version: '1' },
      {
        versionNegotiation: { mode: 'auto' },
        capabilities: options.urls ? { elicitation: { url: {} } } : {},
      },
    );
    const { urls } = options;
    if (urls)
      client.setRequestHandler('elicitation/create', async ({ params }) => {
        await urls('url' in params ? params.url : '');
        return { action: 'accept' };
      });
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    await client.connect(new StreamableHTTPClientTransport(new URL(resource), { requestInit: { headers } }));
    const call = () => client.callTool({ name: 'github_profile', arguments: {} });
    return { call, browser, user };
  }

  it('calls GitHub on behalf of its caller', async () => {
    const { call } = await profile('openid profile:read idp:github');
    expect(await call()).toMatchObject({ structuredContent: { login: expect.any(String) } });
  });

  it('asks the person for their account, by the client or within the answer', async () => {
    const { call, browser, user } = await profile('openid profile:read');
    const first = await call();
    expect(first.structuredContent).toMatchObject({ status: 'connection_required' });
    const { connect_url: url } = first.structuredContent as { connect_url: string };
    expect(JSON.stringify(first.content)).toContain(url);
    const asked: string[] = [];
    const shown = await profile('openid profile:read', {
      urls: async (link) => {
        asked.push(link);
        await walk(browser, await browser.open(link), user);
      },
    });
    expect(await shown.call()).toMatchObject({ structuredContent: { login: expect.any(String) } });
    expect(asked).toHaveLength(1);
  });

  it('accepts only tokens that were issued for it', async () => {
    const { access_token } = await app.signIn({ connection: 'github', user: 'ada' });
    const headers = { authorization: `Bearer ${access_token}` };
    const refused = await fetch(resource, { method: 'POST', headers });
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('error="invalid_token", scope="profile:read", resource_metadata="'),
    ]);
  });
});
