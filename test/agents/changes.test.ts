import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type RunningApi, startApi } from '../retrieval/proxy-stage.ts';
import { atEnd } from '../support/at-end.ts';
import { createWorld, type World } from '../support/world.ts';
import { rawTool } from './raw.ts';
import { type Agent, createAgentApp, openLink, startAgent } from './stage.ts';

// A change by an agent, from the tool to the provider: the approved call, exactly and once.

let api: RunningApi;
let world: World;
let agent: Agent;

beforeAll(async () => {
  api = await startApi({ '/base/events': () => ({ status: 201, body: ['{"id":7}'] }) });
  world = await createWorld({ mcp: true, allowedPrivateHosts: [api.host] });
  const google = world.lab.connections().find(({ name }) => name === 'google');
  await world.broker.connections.change('google', {
    client_secret: google?.clientSecret ?? '',
    endpoints: { ...google?.endpoints, api: api.url },
    reason: 'an API of the test',
  });
  agent = await startAgent(world, { scope: 'accounts:read accounts:call accounts:write' });
  await openLink(
    agent,
    (await agent.call('connect_account', { connection: 'google' })).structured.connect_url,
  );
});

atEnd(async () => await api.close());

const event = {
  account: 'google',
  method: 'POST',
  path: '/events',
  body: '{"title":"Tea"}',
  reason: 'You asked for tea',
};
const writes = () => api.seen.filter(({ method }) => method !== 'GET');

describe('a change', () => {
  it('is made once, after the person has approved this very call', async () => {
    const asked = await agent.call('change_api', event);
    expect(asked.structured).toMatchObject({ status: 'approval_required', request: expect.any(String) });
    expect(asked.text).toContain(String(asked.structured.approval_url));
    expect(writes()).toEqual([]);
    const request = { request: asked.structured.request };
    expect((await agent.call('check_request', request)).structured.status).toBe('pending');

    const page = await agent.browser.open(String(asked.structured.approval_url));
    expect(page.text).toContain('Tea');
    await agent.browser.submit(page);
    expect((await agent.call('check_request', request)).structured.status).toBe('approved');

    const other = { ...event, body: '{"title":"Tea "}' };
    expect((await agent.call('change_api', other)).structured.status).toBe('approval_required');
    expect(writes()).toEqual([]);

    expect((await agent.call('change_api', event)).structured).toMatchObject({
      status: 201,
      body: { id: 7 },
    });
    expect(writes()).toMatchObject([{ method: 'POST', url: '/base/events', body: '{"title":"Tea"}' }]);
    expect((await agent.call('check_request', request)).structured.status).toBe('used');
    expect((await agent.call('change_api', event)).structured.status).toBe('approval_required');
    expect(writes()).toHaveLength(1);

    // Its answer is content of the account, which the agent may carry into another one.
    const read = 'SELECT app_id FROM agent_read WHERE app_id = $1';
    expect((await world.database.pool.query(read, [agent.app.id])).rowCount).toBe(1);

    // The person reads on the own page what happened.
    await vi.waitFor(async () => {
      const { text } = await agent.browser.open(`${world.issuer}/account/agents/activity`);
      for (const line of [
        'changed something with Google',
        'waits for your decision',
        'You asked for tea',
        '→ 201',
      ])
        expect(text).toContain(line);
    });
  });

  it('that was asked for by input_required is made at the retry, and not on the client’s word', async () => {
    const call = { name: 'change_api', args: { ...event, body: '{"title":"Cake"}' } };
    const first = await rawTool(world, agent.token(), call);
    const { requestState, inputRequests } = first.result as {
      requestState: string;
      inputRequests: { open: { params: { url: string } } };
    };
    const again = { ...call, params: { requestState, inputResponses: { open: { action: 'accept' } } } };
    const before = writes().length;
    expect((await rawTool(world, agent.token(), again)).result.resultType).toBe('input_required');
    await agent.browser.submit(await agent.browser.open(inputRequests.open.params.url));
    expect((await rawTool(world, agent.token(), again)).structured).toMatchObject({ status: 201 });
    expect(writes()).toHaveLength(before + 1);
  });

  it('that the operator denies to all agents is asked of no person, also by an app with lines of its own', async () => {
    const { apis } = world.broker.issuance;
    const mcp = await apis.byIdentifier(`${world.issuer}/mcp`);
    const everything = { methods: ['GET', 'POST', 'DELETE'] as const, path: '/**' };
    const denied = { methods: ['DELETE'] as const, path: '/events/*', deny: true as const };
    const lines = (...rules: object[]) => [{ connection: 'google', proxy: rules }] as never;
    await apis.update(mcp?.id ?? '', { connections: lines(everything, denied) });
    const own = await createAgentApp(world, { name: 'Own', connections: lines(everything) });
    const second = await startAgent(world, { app: own, scope: 'accounts:read accounts:call accounts:write' });
    await openLink(
      second,
      (await second.call('connect_account', { connection: 'google' })).structured.connect_url,
    );
    for (const one of [agent, second]) {
      const call = { ...event, method: 'DELETE', path: '/Events/7/' };
      expect((await one.call('change_api', call)).structured.code).toBe('connection_not_allowed');
      const other = { ...event, method: 'DELETE', path: '/rooms/7' };
      expect((await one.call('change_api', other)).structured.status).toBe('approval_required');
    }
    await apis.update(mcp?.id ?? '', { connections: [] });
  });

  it('that the person denies is refused, and is told so', async () => {
    const call = { ...event, body: '{"title":"No"}' };
    const { structured } = await agent.call('change_api', call);
    const page = await agent.browser.open(String(structured.approval_url));
    await agent.browser.submit(page, { button: 'Deny' });
    const request = { request: structured.request };
    expect((await agent.call('check_request', request)).structured.status).toBe('denied');
  });
});
