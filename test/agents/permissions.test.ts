import { beforeAll, describe, expect, it } from 'vitest';
import { agentPage } from '../../src/agents/permissions.ts';
import { days, hours, minutes } from '../../src/kit/clock.ts';
import { type AgentOfPerson, createDecidedWorld, type DecidedWorld } from './decided.ts';

// What an agent may do with a person's accounts, and the brakes on its writes.

let stage: DecidedWorld;

beforeAll(async () => {
  stage = await createDecidedWorld({
    brakes: { writesADay: 5, waiting: 3, questionsAnHour: 60 },
  });
});

const google = async () => (await stage.world.broker.connections.find('google'))?.id ?? '';
const modeOf = async ({ pair, identityId }: AgentOfPerson) =>
  (await stage.decisions.permissions.of({ ...pair, connectionId: await google(), identityId })).mode;

/** The person chooses on the page of the agent. */
async function choose({ visitor, pair }: AgentOfPerson, mode: string, lifetime: string) {
  const page = await visitor.open(`/account/agents/${pair.clientId}`);
  expect(page.status, page.text).toBe(200);
  const shown = await visitor.browser.submit(page, { fields: { mode, lifetime } });
  expect([shown.status, shown.url.pathname]).toEqual([200, `/account/agents/${pair.clientId}`]);
  return shown;
}

describe('the permission of an agent', () => {
  it('lets write freely until the agent has read elsewhere', async () => {
    const { permissions, storedCalls } = stage.decisions;
    const lin = await stage.person('lin');
    await choose(lin, 'write', 'day');
    const free = await storedCalls.request(lin.ask());
    expect(free.state).toBe('approved');
    expect(await storedCalls.take(free.id, lin.call())).toEqual(lin.ask());
    expect(await storedCalls.take(free.id, lin.call())).toBeUndefined();

    // One that needed no question is not kept for the time after.
    const kept = await storedCalls.request(lin.ask({ body: '0' }));
    await choose(lin, 'ask', 'day');
    expect(await storedCalls.take(kept.id, lin.call({ body: '0' }))).toBeUndefined();
    expect(await storedCalls.request(lin.ask({ body: '0' }))).toMatchObject({ state: 'pending' });
    await choose(lin, 'write', 'day');

    // A read of the same account changes nothing, and one of another account does.
    await permissions.noteRead({ ...lin.pair, identityId: lin.identityId });
    expect(await storedCalls.request(lin.ask({ body: '1' }))).toMatchObject({ state: 'approved' });
    await lin.visitor.press(await lin.visitor.open('/account'), '/account/link/github');
    const mine = await stage.world.broker.identities.ofUser(lin.pair.userId);
    const other = mine.find(({ id }) => id !== lin.identityId)?.id ?? '';
    await permissions.noteRead({ ...lin.pair, identityId: other });
    expect(await storedCalls.request(lin.ask({ body: '2' }))).toMatchObject({ state: 'pending' });
    stage.world.clock.advance(days(1));
    await choose(lin, 'write', 'day');
    expect(await storedCalls.request(lin.ask({ body: '3' }))).toMatchObject({ state: 'approved' });
  });

  it('is to read and to ask for a day after the consent, and then what the person chooses', async () => {
    const { permissions, storedCalls } = stage.decisions;
    const ada = await stage.person('ada');
    expect(await modeOf(ada)).toBe('ask');
    stage.world.clock.advance(days(1));
    expect(await modeOf(ada)).toBe('none');
    const url = agentPage(stage.world.issuer, ada.pair.clientId);
    await expect(storedCalls.request(ada.ask())).rejects.toMatchObject({
      code: 'consent_required',
      members: { consent_url: url },
    });

    await choose(ada, 'read', 'quarter');
    expect(await modeOf(ada)).toBe('read');
    await expect(storedCalls.request(ada.ask())).rejects.toMatchObject({ code: 'consent_required' });
    stage.world.clock.advance(minutes(15));
    expect(await modeOf(ada)).toBe('none');
    await choose(ada, 'ask', 'always');
    stage.world.clock.advance(days(2));
    expect(await modeOf(ada)).toBe('ask');
    expect((await permissions.choices(ada.pair.userId)).length).toBe(1);
    // Another client of the same person has its own.
    expect(await modeOf({ ...ada, pair: { ...ada.pair, clientId: 'app_none' } })).toBe('none');
  });

  it('follows the rules of the operator', async () => {
    const { storedCalls } = stage.decisions;
    const sam = await stage.person('sam', [
      { methods: ['POST', 'DELETE'], path: '/calendar/**' },
      { methods: ['POST'], path: '/calendar/drafts/**', approval: 'never' },
      { methods: ['POST'], path: '/calendar/public/**', approval: 'always' },
      { methods: ['DELETE'], path: '/calendar/*', deny: true },
    ]);
    const state = async (change: object) => (await storedCalls.request(sam.ask(change))).state;
    const denied = { code: 'connection_not_allowed' };
    expect(await state({ path: '/calendar/drafts/1' })).toBe('approved');
    expect(await state({ path: '/calendar/events' })).toBe('pending');
    await choose(sam, 'write', 'day');
    expect(await state({ path: '/calendar/events/2' })).toBe('approved');
    expect(await state({ path: '/calendar/public/2' })).toBe('pending');
    for (const path of ['/calendar/1', '/Calendar/1', '/calendar/1/', '/c%61lendar/1', '/calendar/1;x=y'])
      await expect(state({ method: 'DELETE', path }), path).rejects.toMatchObject(denied);
    expect(await state({ method: 'DELETE', path: '/calendar/1/2' })).toBe('approved');

    await choose(sam, 'read', 'day');
    await expect(state({ path: '/calendar/drafts/2' })).rejects.toMatchObject({ code: 'consent_required' });
  });

  it('of a client that registered itself has its proven domain, and ends when it describes itself anew', async () => {
    const { world, decisions } = stage;
    const lin = await stage.person('lin');
    const { clientId } = lin.pair;
    const registered = async (data: object) => {
      await world.database.prisma.app.update({ where: { id: clientId }, data });
      await world.adopt();
      world.broker.issuance.apps.clearCache();
    };
    const path = `/account/agents/${clientId}`;
    expect((await lin.visitor.open(path)).text).toContain('app.example');
    // Its own home page proves nothing.
    await registered({ registration: 'dynamic', homepage: 'https://www.google.com/' });
    const unproven = await lin.visitor.open(path);
    expect(unproven.text).toContain('not proven');
    expect(unproven.text).not.toContain('www.google.com');
    await registered({ registration: 'document', domain: 'agent.example' });
    expect((await lin.visitor.open('/account/agents')).text).toContain('agent.example');

    const asked = await decisions.storedCalls.request(lin.ask());
    await lin.visitor.browser.submit(await lin.visitor.open(new URL(asked.url).pathname));
    await registered({ documentChangedAt: world.clock.now() });
    expect(await decisions.storedCalls.take(asked.id, lin.call())).toBeUndefined();
    await expect(decisions.storedCalls.request(lin.ask())).rejects.toMatchObject({
      code: 'consent_required',
    });
    const address = encodeURIComponent('https://agent.example/client.json');
    expect((await lin.visitor.open(`/account/agents/${address}`)).status).toBe(404);
  });

  it('to write freely ends when the app changes its own description, and comes back by no consent', async () => {
    const { world, decisions } = stage;
    const ada = await stage.person('ada');
    await choose(ada, 'write', 'always');
    expect(await modeOf(ada)).toBe('write');
    world.clock.advance(minutes(1));
    const changed = 'UPDATE app SET document_changed_at = $2 WHERE id = $1';
    await world.database.pool.query(changed, [ada.pair.clientId, world.clock.now()]);
    await world.adopt();
    world.clock.advance(minutes(1));
    expect(await decisions.permissions.groundOf(ada.pair)).toBeUndefined();
    const connection = { id: await google(), alias: 'google' };
    const { standingScopes } = world.broker.issuance;
    await standingScopes.allow({ ...ada.pair, connection, at: world.clock.now() });
    expect(await modeOf(ada)).toBe('ask');
    await choose(ada, 'write', 'always');
    expect(await modeOf(ada)).toBe('write');
  });

  it('has brakes for questions at once, in an hour, and writes in a day', async () => {
    const { storedCalls } = stage.decisions;
    const mallory = await stage.person('mallory');
    const ask = (body: string) => storedCalls.request(mallory.ask({ body }));
    for (let index = 0; index < 3; index += 1) await ask(`${index}`);
    const full = { code: 'too_many_requests' };
    await expect(ask('more')).rejects.toMatchObject(full);
    // The same question is no further one.
    expect(await ask('2')).toMatchObject({ state: 'pending' });

    stage.world.clock.advance(hours(1));
    await choose(mallory, 'write', 'day');
    const write = async (body: string) => {
      const { id } = await ask(body);
      return await storedCalls.take(id, mallory.call({ body }));
    };
    for (let index = 0; index < 5; index += 1) expect(await write(`w${index}`)).toBeDefined();
    await expect(ask('one too many')).rejects.toMatchObject(full);
    stage.world.clock.advance(days(1));
    await choose(mallory, 'write', 'day');
    expect(await write('the next day')).toBeDefined();
  });
});
