import { beforeAll, describe, expect, it } from 'vitest';
import { minutes } from '../../src/kit/clock.ts';
import { createWorld, type World } from '../support/world.ts';
import { type RawReply, rawTool } from './raw.ts';
import { type Agent, newBrowser, openLink, press, startAgent } from './stage.ts';

// The links by which a person connects an account, and the state that a client carries between two rounds.

let world: World;

beforeAll(async () => {
  world = await createWorld({ mcp: true });
});

const events = async (type: string, appId: string) => {
  const { rows } = await world.database.pool.query(
    'SELECT user_id, connection FROM audit_event WHERE type = $1 AND app_id = $2',
    [type, appId],
  );
  return rows;
};

async function openRequests({ app }: Agent): Promise<unknown> {
  const count = 'SELECT count(*)::int AS n FROM connect_request WHERE app_id = $1';
  return (await world.database.pool.query(count, [app.id])).rows[0]?.n;
}

const read = { account: 'github', path: '/user' };
const linkOf = async (agent: Agent) => String((await agent.call('call_api', read)).structured.connect_url);

describe('a link to connect an account', () => {
  it('of Alice does nothing for Bob, and her agent waits', async () => {
    const alice = await startAgent(world);
    const bob = await startAgent(world, { app: alice.app });
    const link = await linkOf(alice);
    const opened = await bob.browser.open(link);
    expect(opened.status).toBe(400);
    expect(opened.forms).toHaveLength(0);
    const posted = await fetch(link, { method: 'POST', redirect: 'manual' });
    expect(posted.status).not.toBe(200);
    expect(await events('connect.refused', alice.app.id)).toMatchObject([{ connection: 'github' }]);
    for (const agent of [alice, bob])
      expect((await agent.call('call_api', read)).structured.status).toBe('connection_required');
    await openLink(alice, link);
    expect((await alice.call('call_api', read)).structured.status).toBe(200);
    expect((await bob.call('call_api', read)).structured.status).toBe('connection_required');
  });

  it('needs the person to sign in, and holds no name of theirs', async () => {
    const agent = await startAgent(world);
    const link = await linkOf(agent);
    expect([...new URL(link).searchParams.keys()]).toEqual(['ticket']);
    const stranger = await newBrowser().open(link);
    expect(stranger.text).not.toContain('asks to use');
  });

  it('counts once, for ten minutes, and not if its ticket is another', async () => {
    const agent = await startAgent(world);
    const link = await linkOf(agent);
    const changed = link.replace(/.$/, (sign) => (sign === 'A' ? 'B' : 'A'));
    expect((await agent.browser.open(changed)).status).toBe(400);
    await openLink(agent, link);
    expect((await agent.browser.open(link)).status).toBe(400);
    const late = await startAgent(world);
    const unused = await linkOf(late);
    world.clock.advance(minutes(10));
    expect((await late.browser.open(unused)).status).toBe(400);
  });

  it('is the same for an agent that asks again and again, while half of its time is left', async () => {
    const agent = await startAgent(world);
    const link = await linkOf(agent);
    for (let times = 0; times < 3; times += 1) expect(await linkOf(agent)).toBe(link);
    expect(await openRequests(agent)).toBe(1);
    world.clock.advance(minutes(6));
    const second = await linkOf(agent);
    expect(second).toContain('ticket=');
    expect(second).not.toBe(link);
    await openLink(agent, link);
    expect((await agent.call('call_api', read)).structured.status).toBe(200);
  });

  it('is one of ten that a person may find open, whatever the agent asks for', async () => {
    const agent = await startAgent(world);
    const ask = async (scope: string) =>
      (await agent.call('connect_account', { connection: 'github', scopes: [scope] })).structured;
    for (let n = 0; n < 10; n += 1) expect((await ask(`scope-${n}`)).status).toBe('connection_required');
    expect(await ask('scope-10')).toMatchObject({ code: 'too_many_requests', retry_after: 60 });
    expect(await openRequests(agent)).toBe(10);
    expect((await ask('scope-1')).status).toBe('connection_required');
    world.clock.advance(minutes(15));
    expect((await ask('scope-10')).status).toBe('connection_required');
  });

  it('asks nothing of the provider if the account works already', async () => {
    const first = await startAgent(world);
    await openLink(first, await linkOf(first));
    const second = await startAgent(world, { user: first.user, browser: first.browser });
    const page = await second.browser.open(await linkOf(second));
    expect(page.text).toContain('asks to use your GitHub');
    const done = await second.browser.submit(page);
    expect(done.hops.every(({ to }) => to.startsWith(world.issuer))).toBe(true);
    expect((await second.call('call_api', read)).structured.status).toBe(200);
  });
});

describe('the state between two rounds', () => {
  const ask = (agent: Agent, args: object = read, params: object = {}, name = 'call_api') =>
    rawTool(world, agent.token(), { name, args: { ...args }, params: { ...params } });
  const stateIn = ({ result }: RawReply) => String(result.requestState);
  const answered = (state: string, action = 'accept') => ({
    requestState: state,
    inputResponses: { open: { action } },
  });

  it('leads to the account, and the client’s word alone does not', async () => {
    const agent = await startAgent(world);
    const first = await ask(agent);
    expect(first.result).toMatchObject({ resultType: 'input_required' });
    const { url } =
      (first.result.inputRequests as Record<string, { params: { url: string } }>).open?.params ?? {};
    const again = await ask(agent, read, answered(stateIn(first)));
    expect(again.result).toMatchObject({ inputRequests: { open: { params: { url } } } });
    await press(agent.browser, await agent.browser.open(String(url)), agent.user);
    const done = await ask(agent, read, answered(stateIn(again)));
    expect(done.structured).toMatchObject({ status: 200 });
    // A state that is sent again decides nothing.
    expect((await ask(agent, read, answered(stateIn(again)))).structured).toMatchObject({ status: 200 });
  });

  it('ends where the person declines', async () => {
    const agent = await startAgent(world);
    const first = await ask(agent);
    const declined = await ask(agent, read, answered(stateIn(first), 'decline'));
    expect(declined.structured).toMatchObject({ status: 'refused', code: 'declined' });
  });

  it('of another person, client, tool or call is refused, as a changed or an old one is', async () => {
    const agent = await startAgent(world);
    const other = await startAgent(world, { app: agent.app });
    const elsewhere = await startAgent(world, { user: agent.user, browser: agent.browser });
    const state = stateIn(await ask(agent));
    const refused = async (reply: Promise<RawReply>) => (await reply).error?.code;
    expect(await refused(ask(other, read, answered(state)))).toBe(-32602);
    expect(await refused(ask(elsewhere, read, answered(state)))).toBe(-32602);
    expect(await refused(ask(agent, { ...read, path: '/user/emails' }, answered(state)))).toBe(-32602);
    const tool = { connection: 'github' };
    expect(await refused(ask(agent, tool, answered(state), 'connect_account'))).toBe(-32602);
    expect(await refused(ask(agent, read, answered(`${state.slice(0, -2)}AA`)))).toBe(-32602);
    const [version, body = '', mark] = state.split('.');
    const forged = JSON.parse(Buffer.from(body, 'base64url').toString());
    const changed = Buffer.from(JSON.stringify({ ...forged, exp: forged.exp + 60 })).toString('base64url');
    expect(await refused(ask(agent, read, answered([version, changed, mark].join('.'))))).toBe(-32602);
  });
});

describe('a client of the earlier revision', () => {
  it('that can show links gets the error that carries one', async () => {
    const agent = await startAgent(world, { mode: 'legacy', capabilities: { elicitation: { url: {} } } });
    const error = await agent.call('call_api', read).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: -32042 });
    const { elicitations } = (error as { data: { elicitations: { url: string }[] } }).data;
    await openLink(agent, elicitations[0]?.url);
    expect((await agent.call('call_api', read)).structured.status).toBe(200);
  });
});

describe('a client of the newest revision that can show links', () => {
  it('shows the link itself, and repeats the call', async () => {
    const opened: string[] = [];
    const agent: Agent = await startAgent(world, {
      capabilities: { elicitation: { url: {} } },
      async onLink(url) {
        opened.push(url);
        await openLink(agent, url);
        return 'accept';
      },
    });
    expect((await agent.call('call_api', read)).structured.status).toBe(200);
    expect(opened).toHaveLength(1);
  });
});
