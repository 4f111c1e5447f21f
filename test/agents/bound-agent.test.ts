import { DpopSession } from '@modelcontextprotocol/client';
import { decodeJwt } from 'jose';
import { beforeAll, expect, it } from 'vitest';
import { createWorld, type World } from '../support/world.ts';
import { startAgent } from './stage.ts';

// The MCP server with the official client, which binds its tokens to a key (RFC 9449).

let world: World;

beforeAll(async () => {
  world = await createWorld({ mcp: true, requireDpopNonce: true });
});

it.each(['auto', 'legacy'] as const)('an agent with the mode %s binds its tokens to a key', async (mode) => {
  const dpop = await DpopSession.create();
  const agent = await startAgent(world, { mode, dpop });
  expect(decodeJwt(agent.token()).cnf).toEqual({ jkt: dpop.thumbprint });
  const { isError } = await agent.call('list_accounts');
  expect(isError).toBe(false);
  const stolen = await fetch(`${world.issuer}/mcp`, {
    method: 'POST',
    headers: { authorization: `Bearer ${agent.token()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  });
  expect([stolen.status, stolen.headers.get('www-authenticate')]).toEqual([
    401,
    expect.stringMatching(/^DPoP error="invalid_token", .*resource_metadata=/),
  ]);
});
