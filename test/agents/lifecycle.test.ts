import { DpopSession, UnauthorizedError } from '@modelcontextprotocol/client';
import { beforeAll, describe, expect, it } from 'vitest';
import { hours, minutes } from '../../src/kit/clock.ts';
import { createWorld, type World } from '../support/world.ts';
import { rawTool } from './raw.ts';
import { type AgentOptions, createAgentApp, openLink, passTime, startAgent } from './stage.ts';

// The life of an agent's access: refresh, withdrawal, an ended grant at the provider, and a policy of its own.

let world: World;

beforeAll(async () => {
  world = await createWorld({ mcp: true });
});

const read = { account: 'github', path: '/user' };

async function connected(options: AgentOptions = {}) {
  const agent = await startAgent(world, options);
  const { structured } = await agent.call('call_api', read);
  await openLink(agent, structured.connect_url);
  return agent;
}

describe('the access of an agent', () => {
  it('to one account ends at once when the person withdraws it, although the token lives', async () => {
    const agent = await connected();
    const { structured } = await agent.call('list_accounts');
    expect(structured.accounts).toMatchObject([
      { connection: 'github', state: 'active', read: true, write: 'ask', until: expect.any(String) },
    ]);
    const { rows } = await world.database.pool.query<{ user_id: string }>(
      'SELECT user_id FROM consent WHERE app_id = $1',
      [agent.app.id],
    );
    const userId = String(rows[0]?.user_id);
    await world.broker.issuance.withdrawConsent(userId, agent.app.id, 'idp:github');
    expect((await agent.call('call_api', read)).structured.status).toBe('connection_required');
    expect((await agent.call('list_accounts')).structured.accounts).toEqual([]);
  });

  it('waits for a new authorisation when the provider has ended the grant, with the reason', async () => {
    const agent = await connected();
    await world.control('POST', `github/users/${agent.user}/revoke`);
    const { structured } = await agent.call('call_api', read);
    expect(structured).toMatchObject({ status: 'connection_required', connection: 'github' });
    expect(structured.reason).toMatch(/^(rejected|not_refreshable|revoked_by_user)$/);
    const request = { request: structured.request };
    expect((await agent.call('check_request', request)).structured.status).toBe('pending');
    await openLink(agent, structured.connect_url);
    expect((await agent.call('check_request', request)).structured.status).toBe('connected');
    expect((await agent.call('call_api', read)).structured.status).toBe(200);
  });

  it('to further scopes of the provider is asked for by name', async () => {
    const agent = await connected();
    const ask = { connection: 'github', scopes: ['gist'] };
    const { structured } = await agent.call('connect_account', ask);
    expect(structured).toMatchObject({ status: 'connection_required', reason: 'scopes' });
    const page = await agent.browser.open(String(structured.connect_url));
    expect(page.text).toContain('gist');
    await openLink(agent, structured.connect_url);
    expect((await agent.call('connect_account', ask)).structured).toMatchObject({ status: 'connected' });
  });
});

describe('an agent that changes something', () => {
  const change = { ...read, method: 'PATCH', body: '{}', reason: 'to see' };

  it('has asked for that when the person signed in, since not every client can ask later', async () => {
    const agent = await connected();
    expect((await agent.call('change_api', change)).structured.status).toBe('approval_required');
  });

  it('without the scope is sent to the consent page by its client, with all scopes at once, and goes on', async () => {
    const agent = await connected({ scope: 'accounts:read accounts:call' });
    await expect(agent.call('change_api', change)).rejects.toBeInstanceOf(UnauthorizedError);
    const scopes = (await agent.signInAgain()).split(' ');
    expect(scopes).toEqual(expect.arrayContaining(['accounts:read', 'accounts:call', 'accounts:write']));
    expect((await agent.call('change_api', change)).structured.status).toBe('approval_required');
  });
});

describe('an agent whose tokens are bound to a key', () => {
  it('is served with its proofs, and its token alone is worth nothing', async () => {
    const agent = await startAgent(world, { dpop: await DpopSession.create() });
    expect((await agent.call('list_accounts')).structured.status).toBe('ok');
    const { status, headers } = await rawTool(world, agent.token());
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toContain('resource_metadata=');
  });
});

describe('an app with a policy of its own', () => {
  it('may use those connections and calls alone', async () => {
    const app = await createAgentApp(world, {
      connections: [
        { connection: 'github', proxy: [{ methods: ['GET'], path: '/user' }], background: true },
        { connection: 'google' },
      ],
    });
    const scope = 'accounts:read accounts:call accounts:write';
    const agent = await startAgent(world, { app, scope });
    const { structured } = await agent.call('list_accounts');
    expect(structured.connectable).toMatchObject([{ connection: 'github' }, { connection: 'google' }]);
    await openLink(agent, (await agent.call('call_api', read)).structured.connect_url);
    expect((await agent.call('call_api', read)).structured.status).toBe(200);
    const refused = { status: 'refused', code: 'connection_not_allowed' };
    const emails = { ...read, path: '/user/emails' };
    expect((await agent.call('call_api', emails)).structured).toMatchObject(refused);
    const change = { ...read, method: 'DELETE', reason: 'to see' };
    expect((await agent.call('change_api', change)).structured).toMatchObject(refused);
    const facebook = { connection: 'facebook' };
    expect((await agent.call('connect_account', facebook)).structured).toMatchObject(refused);
    expect((await agent.call('describe_api', { connection: 'github' })).structured).toMatchObject({
      read: [{ methods: ['GET'], path: '/user' }],
      change: [],
    });
  });
});

// The last test here, since time goes back afterwards.
it('an agent goes on after an hour, without the person, in both revisions', async () => {
  const agents = [await connected({ mode: 'auto' }), await connected({ mode: 'legacy' })];
  const before = agents.map((agent) => agent.token());
  passTime(world, hours(1) + minutes(5));
  for (const agent of agents) expect((await agent.call('call_api', read)).structured.status).toBe(200);
  for (const [index, agent] of agents.entries()) expect(agent.token()).not.toBe(before[index]);
});
