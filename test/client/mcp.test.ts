import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import express from 'express';
import { beforeAll, describe, expect, it } from 'vitest';
import { type McpAuth, mcpAuth } from '../../src/client/mcp.ts';
import { openStage, type Stage, serve } from '../clients/stage.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { freePort } from '../support/world.ts';

// An MCP server on the SDK that uses the broker as its authorization server, by the library alone.

let stage: Stage;
let app: TestApp;
let auth: McpAuth;
let resource: string;
let token: string;

beforeAll(async () => {
  stage = await openStage();
  const url = `http://localhost:${await freePort()}`;
  resource = `${url}/mcp`;
  const scopes = ['notes:read', 'notes:write'].map((name) => ({ name, description: name }));
  await stage.world.broker.issuance.apis.create({ identifier: resource, name: 'Notes', scopes });
  app = await createApp(stage.world);
  await stage.world.broker.issuance.apps.update(app.clientId, { apis: [resource] });
  auth = mcpAuth({
    issuer: stage.issuer,
    resource,
    required: ['notes:read'],
    scopes: ['notes:read', 'notes:write'],
    name: 'Notes',
    now: () => stage.world.clock.now().getTime(),
  });
  const handler = toNodeHandler(createMcpHandler(build));
  const site = express();
  site.use(auth.serveMetadata());
  site.all('/mcp', auth.requireToken(), express.json(), (request, response) =>
    handler(request, response, request.body),
  );
  await serve(url, site);
  token = await tokenFor('notes:read');
});

function build(): McpServer {
  const server = new McpServer({ name: 'notes', version: '1' });
  server.registerTool('whoami', { description: 'Says who calls' }, async (ctx) => {
    const { clientId, scopes, extra } = ctx.http?.authInfo ?? {};
    return { content: [{ type: 'text', text: JSON.stringify({ clientId, scopes, sub: extra?.sub }) }] };
  });
  return server;
}

async function tokenFor(scope: string): Promise<string> {
  const { access_token } = await app.signIn({
    connection: 'github',
    user: 'ada',
    scope: `openid ${scope}`,
    parameters: { resource },
  });
  stage.world.remember(access_token);
  return access_token;
}

const post = (headers: Record<string, string>) =>
  fetch(resource, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{}',
  });
const challengeOf = async (response: Response) => [
  response.status,
  response.headers.get('www-authenticate'),
  await response.json(),
];

describe('an MCP server', () => {
  it('says which authorization server it uses', async () => {
    const { origin } = new URL(resource);
    expect(auth.metadataUrl).toBe(`${origin}/.well-known/oauth-protected-resource/mcp`);
    const answer = await fetch(auth.metadataUrl);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(await answer.json()).toMatchObject({
      resource,
      authorization_servers: [stage.issuer],
      scopes_supported: ['notes:read', 'notes:write'],
      bearer_methods_supported: ['header'],
      resource_name: 'Notes',
    });
    expect((await fetch(auth.metadataUrl, { method: 'OPTIONS' })).status).toBe(204);
    expect((await fetch(`${origin}/.well-known/oauth-protected-resource`)).status).toBe(404);
  });

  it('tells a client without a good token where to get one, and for which scope', async () => {
    const where = `scope="notes:read", resource_metadata="${auth.metadataUrl}"`;
    expect(await challengeOf(await post({}))).toEqual([401, `Bearer ${where}`, { error: 'invalid_token' }]);
    const other = await app.signIn({ connection: 'github', user: 'ada' });
    for (const wrong of ['a.b.c', other.access_token, String(other.id_token)])
      expect(await challengeOf(await post({ authorization: `Bearer ${wrong}` }))).toEqual([
        401,
        `Bearer error="invalid_token", ${where}`,
        { error: 'invalid_token' },
      ]);
    const little = await tokenFor('notes:write');
    expect(await challengeOf(await post({ authorization: `Bearer ${little}` }))).toEqual([
      403,
      `Bearer error="insufficient_scope", ${where}`,
      { error: 'insufficient_scope' },
    ]);
    expect(auth.insufficientScope(['notes:read', 'notes:write'])).toMatchObject({
      status: 403,
      headers: {
        'WWW-Authenticate': `Bearer error="insufficient_scope", scope="notes:read notes:write", resource_metadata="${auth.metadataUrl}"`,
      },
    });
  });

  it.each(['legacy', 'auto'] as const)('lets its tools know who calls (%s)', async (mode) => {
    const client = new Client(
      { name: 'test', version: '1' },
      mode === 'auto' ? { versionNegotiation: { mode } } : {},
    );
    const headers = { authorization: `Bearer ${token}` };
    await client.connect(new StreamableHTTPClientTransport(new URL(resource), { requestInit: { headers } }));
    const { content } = await client.callTool({ name: 'whoami', arguments: {} });
    const [first] = content as { text: string }[];
    expect(JSON.parse(first?.text ?? '')).toEqual({
      clientId: app.clientId,
      scopes: ['openid', 'notes:read'],
      sub: expect.stringMatching(/^usr_/),
    });
    await client.close();
  });

  it('works the same for handlers of fetch', async () => {
    expect((await auth.check(new Request(auth.metadataUrl))).response?.status).toBe(200);
    expect((await auth.check(new Request(resource))).response?.status).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    const { authInfo } = await auth.check(new Request(resource, { method: 'POST', headers }));
    expect(authInfo).toMatchObject({
      token,
      clientId: app.clientId,
      scopes: ['openid', 'notes:read'],
      expiresAt: expect.any(Number),
      resourceMetadataUrl: auth.metadataUrl,
      extra: { sub: expect.stringMatching(/^usr_/) },
    });
    expect(authInfo?.resource.href).toBe(resource);
  });

  it('can insist on tokens that are bound to a key', async () => {
    const strict = mcpAuth({ issuer: stage.issuer, resource, boundOnly: true });
    expect(strict.metadata.dpop_bound_access_tokens_required).toBe(true);
    const headers = { authorization: `Bearer ${token}` };
    const { response } = await strict.check(new Request(resource, { headers }));
    expect(response?.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_token", .*algs="ES256 /);
  });
});
