import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { rawTool } from './raw.ts';
import { type Agent, createAgentApp, startAgent } from './stage.ts';

// The door of the MCP server: tokens, origins and messages that it refuses.

let world: World;
let agent: Agent;

beforeAll(async () => {
  world = await createWorld({ mcp: true });
  agent = await startAgent(world);
});

const metadata = () => `${world.issuer}/.well-known/oauth-protected-resource/mcp`;

describe('a token', () => {
  it('is asked for with the way to get one', async () => {
    const { status, headers } = await rawTool(world, undefined);
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe(
      `Bearer resource_metadata="${metadata()}", scope="accounts:read accounts:call accounts:write"`,
    );
    const found = await (await fetch(metadata())).json();
    expect(found).toMatchObject({
      resource: `${world.issuer}/mcp`,
      authorization_servers: [world.issuer],
      scopes_supported: ['accounts:read', 'accounts:call', 'accounts:write'],
    });
  });

  it('of another audience is refused, also an ID token and a forged one', async () => {
    const app = await createApp(world);
    const { access_token, id_token = '' } = await app.signIn({ connection: 'google', user: 'ada' });
    const [head, body] = agent.token().split('.');
    for (const token of [access_token, id_token, `${head}.${body}.${'a'.repeat(342)}`, 'x'.repeat(43)]) {
      const { status, headers } = await rawTool(world, token);
      expect(status).toBe(401);
      expect(headers['www-authenticate']).toContain('error="invalid_token"');
      expect(headers['www-authenticate']).toContain(metadata());
    }
    expect((await rawTool(world, agent.token())).status).toBe(200);
  });

  it('without a key is refused where the operator demands one of this API', async () => {
    const { apis } = world.broker.issuance;
    const api = await apis.byIdentifier(`${world.issuer}/mcp`);
    const demand = (tokenBinding: 'dpop' | 'none') => apis.update(String(api?.id), { tokenBinding });
    await demand('dpop');
    const { status, headers } = await rawTool(world, agent.token());
    await demand('none');
    expect([status, headers['www-authenticate']]).toEqual([401, expect.stringContaining('invalid_token')]);
    expect((await rawTool(world, agent.token())).status).toBe(200);
  });

  it('of this API opens no other', async () => {
    const answer = await fetch(`${world.issuer}/v1/me`, {
      headers: { authorization: `Bearer ${agent.token()}` },
    });
    expect(answer.status).toBe(401);
  });

  it('in the query is refused, and not read', async () => {
    const { status } = await rawTool(world, undefined, { to: `/mcp?access_token=${agent.token()}` });
    expect(status).toBe(400);
  });

  it('that lacks a scope is answered with all scopes at once', async () => {
    const app = await createAgentApp(world);
    const narrow = await startAgent(world, { app, scope: 'accounts:read' });
    const { status, headers } = await rawTool(world, narrow.token(), {
      name: 'call_api',
      args: { account: 'github', path: '/user' },
    });
    expect(status).toBe(403);
    expect(headers['www-authenticate']).toContain('error="insufficient_scope"');
    expect(headers['www-authenticate']).toContain('scope="accounts:read accounts:call"');
    const recorded = async () =>
      await world.database.prisma.auditEvent.findMany({
        where: { type: 'agent.called', appId: app.id },
        select: { detail: true },
      });
    const refused = { detail: { tool: 'call_api', outcome: 'insufficient_scope' } };
    await expect.poll(recorded).toContainEqual(refused);
  });
});

describe('a request', () => {
  it('of a page of another site is refused, by its Origin', async () => {
    for (const origin of ['https://evil.example', 'null', `${world.issuer}.evil.example`]) {
      expect((await rawTool(world, agent.token(), { headers: { origin } })).status).toBe(403);
    }
    const own = { headers: { origin: world.issuer } };
    expect((await rawTool(world, agent.token(), own)).status).toBe(200);
  });

  it('for another Host is refused', async () => {
    const { status } = await rawTool(world, agent.token(), { headers: { host: 'rebound.example' } });
    expect(status).toBe(421);
  });

  it.each(['GET', 'DELETE', 'PUT'])('with the method %s is refused', async (method) => {
    const { status, headers } = await rawTool(world, agent.token(), { method });
    expect(status).toBe(405);
    expect(headers.allow).toBe('POST, OPTIONS');
  });

  it('for news is refused where the client has four streams open for this person, and open to another', async () => {
    const stop = new AbortController();
    const listen = async ({ token }: Agent, signal = stop.signal) =>
      await fetch(`${world.issuer}/mcp`, {
        method: 'POST',
        signal,
        headers: {
          authorization: `Bearer ${token()}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'subscriptions/listen',
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'subscriptions/listen',
          params: {
            notifications: { toolsListChanged: true },
            _meta: {
              'io.modelcontextprotocol/protocolVersion': '2026-07-28',
              'io.modelcontextprotocol/clientCapabilities': {},
            },
          },
        }),
      });
    const streams = await Promise.all(Array.from({ length: 4 }, () => listen(agent)));
    expect(streams.map(({ headers }) => headers.get('content-type'))).toEqual(
      Array.from({ length: 4 }, () => 'text/event-stream'),
    );
    const fifth = await listen(agent);
    expect([fifth.status, fifth.headers.get('retry-after')]).toEqual([429, '60']);
    expect((await listen(await startAgent(world, { app: agent.app }))).status).toBe(200);
    // A stream that ends makes room.
    stop.abort();
    const again = new AbortController();
    await vi.waitFor(async () => expect((await listen(agent, again.signal)).status).toBe(200));
    again.abort();
  });

  it('that is no JSON, no object or a batch is refused', async () => {
    const refused = async (body: string) => {
      const { status, error } = await rawTool(world, agent.token(), { body });
      return [status, error?.code];
    };
    expect(await refused('{"jsonrpc":')).toEqual([400, -32700]);
    expect(await refused('')).toEqual([400, -32700]);
    expect(await refused('"tools/call"')).toEqual([400, -32600]);
    expect(await refused('[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]')).toEqual([400, -32600]);
  });

  it('that is too large is refused', async () => {
    const { status } = await rawTool(world, agent.token(), { args: { filler: 'x'.repeat(300_000) } });
    expect(status).toBe(413);
  });

  it('whose headers tell of another call is refused', async () => {
    for (const headers of [{ 'mcp-name': 'call_api' }, { 'mcp-method': 'tools/list' }]) {
      const { status, error } = await rawTool(world, agent.token(), { headers });
      expect([status, error?.code]).toEqual([400, -32020]);
    }
  });

  it('is never answered from a cache', async () => {
    for (const token of [agent.token(), undefined])
      expect((await rawTool(world, token)).headers['cache-control']).toBe('no-store');
  });
});

it('is off until it is switched on', async () => {
  const closed = await createWorld();
  expect((await rawTool(closed, agent.token())).status).toBe(404);
  const found = await fetch(`${closed.issuer}/.well-known/oauth-protected-resource/mcp`);
  expect(found.status).toBe(404);
});
