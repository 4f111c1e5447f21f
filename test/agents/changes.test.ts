import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type RunningApi, startApi } from '../retrieval/proxy-stage.ts';
import { atEnd } from '../support/at-end.ts';
import { withReadOnlyDatabase } from '../support/read-only-database.ts';
import { createWorld, type World } from '../support/world.ts';
import { rawTool } from './raw.ts';
import { type Agent, createAgentApp, openLink, startAgent } from './stage.ts';

// A change by an agent, from the tool to the provider: the approved call, exactly and once.

let api: RunningApi;
let world: World;
let agent: Agent;
/** The provider breaks the connection off before it answers. */
let breaks = false;
/** The token that the provider refuses with these words in an answer of status 200. */
let stale: string | undefined;
const expired = '{"success":false,"errors":[{"code":"602","message":"Access token expired"}]}';

beforeAll(async () => {
  api = await startApi({
    '/base/events': ({ headers }) => {
      stale &&= stale === 'next' ? headers.authorization : stale;
      if (stale !== undefined && stale === headers.authorization) return { body: [expired] };
      return breaks ? { breaksOff: true } : { status: 201, body: ['{"id":7}'] };
    },
    '/base/messages': () => ({ body: ['{"messages":["secret plan"]}'] }),
  });
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

    // The event names the rule and the version of the policy that decided.
    const policyOf = async () => {
      const { rows } = await world.database.pool.query<{ detail: Record<string, unknown> }>(
        `SELECT detail FROM audit_event WHERE type = 'agent.called' AND app_id = $1 AND detail->>'outcome' = 'done'`,
        [agent.app.id],
      );
      return rows.map(({ detail }) => [detail.tool, detail.rule, detail.policy]);
    };
    const mcp = await world.broker.issuance.apis.byIdentifier(`${world.issuer}/mcp`);
    await expect.poll(policyOf).toContainEqual(['change_api', '/**', `api ${mcp?.version}`]);

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

  it('is repeated once, by the one approval, where the provider says that the token has expired', async () => {
    const late = { ...event, body: '{"title":"Late tea"}' };
    const asked = await agent.call('change_api', late);
    await agent.browser.submit(await agent.browser.open(String(asked.structured.approval_url)));
    const before = writes().length;
    stale = 'next';
    world.clock.advance(11_000);
    expect((await agent.call('change_api', late)).structured).toMatchObject({ status: 201 });
    stale = undefined;
    expect(writes().slice(before)).toMatchObject([{ body: late.body }, { body: late.body }]);
    expect((await agent.call('change_api', late)).structured.status).toBe('approval_required');
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
    // The own lines of an app and the denied rules of all decide together.
    const versions = await Promise.all([
      world.broker.issuance.apps.get(own.id),
      apis.byIdentifier(`${world.issuer}/mcp`),
    ]);
    const policies = async () =>
      (
        await world.database.prisma.auditEvent.findMany({
          where: { type: 'agent.called', appId: own.id },
          select: { detail: true },
        })
      ).map(({ detail }) => (detail as { readonly policy?: string }).policy);
    const [app, api] = versions.map((one) => one?.version);
    await expect.poll(policies).toContain(`app ${app}, api ${api}`);
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

describe('a read that the operator calls sensitive', () => {
  const reads = () => api.seen.filter(({ url }) => url.startsWith('/base/messages'));
  const search = {
    account: 'google',
    path: '/messages',
    query: { q: 'password reset' },
    reason: 'You asked for the plan',
  };
  const rules = [
    { methods: ['GET', 'POST'], path: '/**' },
    { methods: ['GET', 'HEAD'], path: '/messages/**', approval: 'always' },
    { methods: ['GET'], path: '/secrets', deny: true },
  ];

  /** The person lets the agent only read, and the operator has the rules above. */
  async function reader() {
    const connections = [{ connection: 'google', proxy: rules }] as never;
    const app = await createAgentApp(world, { name: 'Reader', connections });
    const one = await startAgent(world, { app });
    const { structured } = await one.call('connect_account', { connection: 'google' });
    await openLink(one, structured.connect_url);
    const page = await one.browser.open(`${world.issuer}/account/agents/${app.id}`);
    await one.browser.submit(page, { fields: { mode: 'read', lifetime: 'day' }, button: 'Save' });
    return one;
  }

  it('asks, also where the person lets the agent read, and its answer is given once', async () => {
    const one = await reader();
    const described = (await one.call('describe_api', { connection: 'google' })).structured;
    expect(described).toMatchObject({
      read: [
        { methods: ['GET'], path: '/**' },
        { methods: ['GET', 'HEAD'], path: '/messages/**', approval: 'always' },
      ],
      denied: [{ methods: ['GET'], path: '/secrets' }],
    });
    const asked = await one.call('call_api', search);
    expect(asked.structured).toMatchObject({ status: 'approval_required', request: expect.any(String) });
    expect(asked.text).toContain('approve this read first');
    // Neither another spelling nor another method is a way round.
    for (const other of [{ path: '/Messages/' }, { path: '/%6dessages' }, { method: 'HEAD' }])
      expect((await one.call('call_api', { ...search, ...other })).structured.status).toBe(
        'approval_required',
      );
    expect(reads()).toEqual([]);

    const page = await one.browser.open(String(asked.structured.approval_url));
    for (const text of [
      'Let Reader read from your Google account?',
      'nothing is changed',
      'GET',
      'q=password+reset',
      'You asked for the plan',
    ])
      expect(page.text).toContain(text);
    expect(page.text).not.toContain('change your');
    await one.browser.submit(page);
    expect((await one.call('call_api', { ...search, query: { q: 'all' } })).structured.status).toBe(
      'approval_required',
    );
    expect((await one.call('call_api', search)).structured).toMatchObject({
      status: 200,
      body: { messages: ['secret plan'] },
    });
    expect(reads()).toMatchObject([{ method: 'GET', url: '/base/messages?q=password+reset' }]);
    expect((await one.call('call_api', search)).structured.status).toBe('approval_required');

    // Other reads need no question.
    expect((await one.call('call_api', { account: 'google', path: '/events' })).structured.status).toBe(201);
    const activity = `${world.issuer}/account/agents/activity`;
    await vi.waitFor(async () => {
      const { text } = await one.browser.open(activity);
      for (const line of [
        'asked you to approve a read from',
        'You approved a read',
        'waits for your decision on a read',
      ])
        expect(text).toContain(line);
      expect(text).not.toContain('change with');
    });
  });
});

describe('an approved change', () => {
  const host = () => ({ host: new URL(world.issuer).host });
  const titled = (title: string) => ({ ...event, body: JSON.stringify({ title }) });
  const sent = (title: string) => writes().filter(({ body }) => body === JSON.stringify({ title })).length;

  /** Calls `change_api` at a process, as a client that cannot show links. */
  const changeAt = async (to: string, args: object) =>
    await rawTool({ ...world, issuer: to }, agent.token(), {
      name: 'change_api',
      args: { ...args },
      urls: false,
      headers: host(),
    });

  async function approved(title: string) {
    const { structured } = await agent.call('change_api', titled(title));
    const page = await agent.browser.open(String(structured.approval_url));
    await agent.browser.submit(page);
    return String(structured.request);
  }

  const stateOf = async (request: string) =>
    (await agent.call('check_request', { request })).structured.status;

  it('that was asked for at one process and approved at another is sent once, by whichever is first', async () => {
    const [second, third] = [await world.another(), await world.another()];
    const { structured } = await agent.call('change_api', titled('Three'));
    const path = new URL(String(structured.approval_url)).pathname;
    const page = await agent.browser.open(`${second.url}${path}`, host());
    expect((await agent.browser.submit(page, { headers: host() })).text).toContain('Approved');
    const places = [third.url, world.issuer, third.url, second.url, third.url, world.issuer];
    const answers = await Promise.all(places.map((to) => changeAt(to, titled('Three'))));
    expect(answers.filter(({ structured: { status } }) => status === 201)).toHaveLength(1);
    // The others lost the race, or came later and ask anew.
    for (const { structured: one } of answers.filter(({ structured: { status } }) => status !== 201))
      expect(['approval_used', 'approval_required']).toContain(one.code ?? one.status);
    expect(sent('Three')).toBe(1);
    expect(await stateOf(String(structured.request))).toBe('used');
  });

  it('is neither approved nor sent while the database can only be read, and both work afterwards', async () => {
    const pending = (await agent.call('change_api', titled('Later'))).structured;
    const request = await approved('Now');
    const page = await agent.browser.open(String(pending.approval_url));
    await withReadOnlyDatabase(world.database, async () => {
      // The first statements tell the sessions that they have ended.
      await vi.waitFor(async () =>
        expect((await fetch(`${world.issuer}/.well-known/openid-configuration`)).status).toBe(200),
      );
      expect((await agent.browser.submit(page)).status).toBe(503);
      const answer = await changeAt(world.issuer, titled('Now'));
      expect([answer.status === 503, answer.structured.code === 'unavailable']).toContain(true);
    });
    expect(sent('Now')).toBe(0);
    expect([await stateOf(String(pending.request)), await stateOf(request)]).toEqual(['pending', 'approved']);
    expect((await changeAt(world.issuer, titled('Now'))).structured.status).toBe(201);
    await agent.browser.submit(page);
    expect((await changeAt(world.issuer, titled('Later'))).structured.status).toBe(201);
    expect([sent('Now'), sent('Later')]).toEqual([1, 1]);
  });

  it('is not sent while the database does not answer, and the refusal says when to try again', async () => {
    const request = await approved('Hanging');
    const client = await world.database.pool.connect();
    await client.query('BEGIN; LOCK TABLE agent_approval IN ACCESS EXCLUSIVE MODE');
    try {
      const { structured } = await changeAt(world.issuer, titled('Hanging'));
      expect(structured).toMatchObject({ status: 'refused', code: 'unavailable', retry_after: 2 });
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
    expect(sent('Hanging')).toBe(0);
    expect(await stateOf(request)).toBe('approved');
    expect((await changeAt(world.issuer, titled('Hanging'))).structured.status).toBe(201);
    expect(sent('Hanging')).toBe(1);
  });

  it('whose answer is lost has an unknown outcome, and is not sent again', async () => {
    breaks = true;
    const request = await approved('Lost');
    const answer = await changeAt(world.issuer, titled('Lost'));
    breaks = false;
    expect(answer.structured).toMatchObject({ status: 'refused', code: 'outcome_unknown', request });
    expect(sent('Lost')).toBe(1);
    expect((await agent.call('check_request', { request })).structured).toMatchObject({
      status: 'used',
      hint: expect.stringContaining('outcome is unknown'),
    });
    const page = await agent.browser.open(`${world.issuer}/account/approvals/${request}`);
    expect(page.text).toContain('we sent it once at most');
    expect((await changeAt(world.issuer, titled('Lost'))).structured.status).toBe('approval_required');
    expect(sent('Lost')).toBe(1);
  });
});
