import { beforeAll, describe, expect, it } from 'vitest';
import { minutes } from '../../src/kit/clock.ts';
import { visit } from '../account/visitor.ts';
import { type AgentOfPerson, createDecidedWorld, type DecidedWorld } from './decided.ts';

// One exact call of an agent: stored, shown to the person on our page, approved there, and used once.

let stage: DecidedWorld;
let ada: AgentOfPerson;

beforeAll(async () => {
  stage = await createDecidedWorld();
  ada = await stage.person('ada');
});

const calls = () => stage.decisions.storedCalls;
const pathOf = (url: string) => new URL(url).pathname;

async function approved(person: AgentOfPerson, body: string) {
  const asked = await calls().request(person.ask({ body }));
  await press(person, asked.url, 'approve');
  return asked.id;
}

async function press({ visitor }: AgentOfPerson, url: string, button: string) {
  const page = await visitor.open(pathOf(url));
  expect(page.status, page.text).toBe(200);
  return await visitor.browser.submit(page, { button });
}

async function eventsOf({ pair }: AgentOfPerson, type: string) {
  const { rows } = await stage.world.database.pool.query<{ detail: Record<string, string> }>(
    'SELECT detail FROM audit_event WHERE user_id = $1 AND type = $2 ORDER BY at, id',
    [pair.userId, type],
  );
  return rows.map(({ detail }) => detail);
}

describe('an approval', () => {
  it('is asked for once, decided on the page, and used once', async () => {
    const asked = await calls().request(ada.ask());
    expect(asked).toMatchObject({
      state: 'pending',
      url: `${stage.world.issuer}/account/approvals/${asked.id}`,
    });
    // The same call again asks no second time, whatever reason the agent gives now.
    expect(await calls().request(ada.ask({ reason: 'again' }))).toEqual(asked);
    expect(await calls().take(asked.id, ada.call())).toBeUndefined();

    const page = await ada.visitor.open(pathOf(asked.url));
    for (const text of [
      'POST',
      '/calendar/v3/events',
      'sendUpdates=none',
      '{"summary":"Lunch"}',
      'Ada asked me to',
    ])
      expect(page.text).toContain(text);
    expect(page.text).toContain('The agent says');
    expect(page.forms[0]?.buttons.map(({ text }) => text)).toEqual(['Approve', 'Deny']);
    expect(await calls().find(asked.id, ada.pair)).toMatchObject({ state: 'pending' });

    const after = await press(ada, asked.url, 'approve');
    expect(after.text).toContain('Approved');
    expect(await calls().find(asked.id, ada.pair)).toMatchObject({ state: 'approved' });
    expect(await calls().take(asked.id, ada.call())).toEqual(ada.ask());
    expect((await ada.visitor.open(pathOf(asked.url))).text).toContain('we sent it once');
    expect(await calls().take(asked.id, ada.call())).toBeUndefined();
    expect((await eventsOf(ada, 'approval.used')).at(-1)).toMatchObject({
      approval: asked.id,
      method: 'POST',
    });
  });

  it('is counted for the operator', async () => {
    await calls().request(ada.ask({ body: '{"summary":"Counted"}' }));
    const headers = { authorization: `Bearer ${stage.world.adminToken}` };
    const path = `${stage.world.issuer}/admin/v1/apps/${ada.pair.clientId}`;
    const counted = await fetch(`${path}?counts=yes`, { headers }).then((answer) => answer.json());
    expect(counted).toMatchObject({ consents: 1, agent_calls: { waiting: 1, done_today: 1 } });
    const plain = await fetch(path, { headers }).then((answer) => answer.json());
    expect(plain).not.toHaveProperty('agent_calls');
  });

  it('is used once by two at the same time', async () => {
    const id = await approved(ada, '{"summary":"Race"}');
    const call = ada.call({ body: '{"summary":"Race"}' });
    const taken = await Promise.all(Array.from({ length: 6 }, () => calls().take(id, call)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(
      await eventsOf(ada, 'approval.used').then((all) => all.filter(({ approval }) => approval === id)),
    ).toHaveLength(1);
  });

  it('that came back by a database that was behind is used up again by the process that used it', async () => {
    const { pool } = stage.world.database;
    const id = await approved(ada, '{"summary":"Back"}');
    const call = ada.call({ body: '{"summary":"Back"}' });
    const { rows } = await pool.query('SELECT state, tag, content FROM agent_approval WHERE id = $1', [id]);
    expect(await calls().take(id, call)).toBeDefined();
    // An older row with its tag is a right row: what holds is the ten minutes, and the repetition after a failover.
    await pool.query(
      'UPDATE agent_approval SET state = $2, tag = $3, content = $4, used_at = NULL WHERE id = $1',
      [id, rows[0]?.state, rows[0]?.tag, rows[0]?.content],
    );
    expect(await calls().find(id, ada.pair)).toMatchObject({ state: 'approved' });
    await stage.decisions.approvals.useAgain(id);
    expect(await calls().find(id, ada.pair)).toMatchObject({ state: 'used' });
    expect(await calls().take(id, call)).toBeUndefined();
  });

  it('is not used for a call that differs in one byte', async () => {
    const id = await approved(ada, '{"summary":"Dinner"}');
    const call = ada.call({ body: '{"summary":"Dinner"}' });
    for (const change of [
      { body: '{"summary":"Dinners"}' },
      { body: '{"summary":"dinner"}' },
      { body: null },
      { path: '/calendar/v3/event' },
      { query: 'sendUpdates=all' },
      { method: 'PUT' as const },
      { headers: { 'content-type': 'text/plain' } },
      { identityId: 'idn_01h0000000000000000000000' },
    ])
      expect(await calls().take(id, { ...call, ...change }), JSON.stringify(change)).toBeUndefined();
    expect((await eventsOf(ada, 'approval.refused')).at(-1)).toMatchObject({ why: 'other_call' });
    expect(await calls().take(id, call)).toBeDefined();
  });

  it('is not used by another client or person, who learns nothing of it', async () => {
    const mallory = await stage.person('mallory');
    const second = await stage.person('ada');
    const id = await approved(ada, '{"summary":"Mine"}');
    const call = ada.call({ body: '{"summary":"Mine"}' });
    expect(await calls().find(id, mallory.pair)).toBeUndefined();
    expect(await calls().find(id, second.pair)).toBeUndefined();
    expect(await calls().take(id, { ...call, ...mallory.pair })).toBeUndefined();
    expect(await calls().take(id, { ...call, clientId: second.pair.clientId })).toBeUndefined();
    expect(await calls().take(id, call)).toBeDefined();

    const asked = await calls().request(ada.ask({ body: '{"summary":"Other"}' }));
    const seen = await mallory.visitor.open(pathOf(asked.url));
    expect([seen.status, seen.text]).toEqual([403, expect.stringContaining('for another person')]);
    expect(seen.html).not.toContain('summary');
    expect((await eventsOf(ada, 'approval.refused')).at(-1)).toMatchObject({ why: 'opened_by_other' });
  });

  it('ends after ten minutes, before and after the decision', async () => {
    const late = await stage.person('lin');
    const asked = await calls().request(late.ask());
    const id = await approved(late, '{"summary":"Later"}');
    stage.world.clock.advance(minutes(10));
    expect(await calls().find(asked.id, late.pair)).toMatchObject({ state: 'expired' });
    expect((await late.visitor.open(pathOf(asked.url))).text).toContain('Expired');
    expect(await calls().take(id, late.call({ body: '{"summary":"Later"}' }))).toBeUndefined();
    await stage.decisions.sweep();
    expect((await eventsOf(late, 'approval.expired')).map(({ was }) => was).sort()).toEqual([
      'approved',
      'pending',
    ]);
    const { rows } = await stage.world.database.pool.query(
      'SELECT content FROM agent_approval WHERE id = $1',
      [id],
    );
    expect(rows).toEqual([{ content: null }]);
    expect(await calls().request(late.ask())).toMatchObject({ state: 'pending' });
  });

  it('ends with the consent, and with the account', async () => {
    const { issuance, removals } = stage.world.broker;
    const sam = await stage.person('sam');
    const id = await approved(sam, '{"summary":"A"}');
    const open = await calls().request(sam.ask());
    const google = {
      ...sam.pair,
      connectionId: (await stage.world.broker.connections.find('google'))?.id ?? '',
    };
    const { permissions } = stage.decisions;
    await permissions.choose({ ...google, mode: 'write', lifetime: 'always' });
    await permissions.choose({ ...sam.pair, mode: 'read', lifetime: 'always' });
    await issuance.withdrawConsent(sam.pair.userId, sam.pair.clientId, 'idp:google');
    expect(await permissions.of(google)).toMatchObject({ mode: 'read' });
    expect(await calls().find(id, sam.pair)).toMatchObject({ state: 'approved' });
    await issuance.withdrawConsent(sam.pair.userId, sam.pair.clientId);
    expect(await calls().take(id, sam.call({ body: '{"summary":"A"}' }))).toBeUndefined();
    await expect(calls().request(sam.ask())).rejects.toMatchObject({ code: 'consent_required' });
    expect((await sam.visitor.open(pathOf(open.url))).text).toContain('Expired');
    // A new consent brings neither the former approval nor the former choice back.
    stage.world.clock.advance(1000);
    await sam.app.signIn({ connection: 'google', user: 'sam' });
    expect(await permissions.of(google)).toMatchObject({ mode: 'ask' });
    expect(await calls().take(id, sam.call({ body: '{"summary":"A"}' }))).toBeUndefined();

    const again = await approved(sam, '{"summary":"B"}');
    await sam.visitor.press(await sam.visitor.open('/account'), '/account/link/github');
    await removals.unlink({ userId: sam.pair.userId, identityId: sam.identityId });
    expect(await calls().find(again, sam.pair)).toBeUndefined();
    expect(await calls().take(again, sam.call({ body: '{"summary":"B"}' }))).toBeUndefined();
  });

  it('needs a press of the person on our page', async () => {
    const asked = await calls().request(ada.ask({ body: '{"summary":"Press"}' }));
    const page = await ada.visitor.open(pathOf(asked.url));
    const state = async () => (await calls().find(asked.id, ada.pair))?.state;
    // By GET, without the CSRF token, from another site, and with no decision.
    await ada.visitor.open(`${pathOf(asked.url)}?decision=approve`);
    const forged = await ada.visitor.browser.submit(page, { button: 'approve', fields: { csrf_token: 'x' } });
    expect(forged.status).toBe(403);
    const headers = { 'sec-fetch-site': 'cross-site' };
    expect((await ada.visitor.browser.submit(page, { button: 'approve', headers })).status).toBe(403);
    expect((await ada.visitor.browser.submit(page, { fields: { decision: 'maybe' } })).status).toBe(400);
    const anonymous = await fetch(asked.url, {
      method: 'POST',
      body: 'decision=approve',
      redirect: 'manual',
    });
    expect(anonymous.status).toBe(303);
    expect(await state()).toBe('pending');
    await press(ada, asked.url, 'deny');
    expect(await state()).toBe('denied');
    expect(await calls().take(asked.id, ada.call({ body: '{"summary":"Press"}' }))).toBeUndefined();
    // The same call does not ask again at once.
    expect(await calls().request(ada.ask({ body: '{"summary":"Press"}' }))).toMatchObject({
      id: asked.id,
      state: 'denied',
    });
    // A decision stays: the form of before does nothing any more.
    await ada.visitor.browser.submit(page, { button: 'approve' });
    expect(await state()).toBe('denied');
  });

  it('shows what it is, whatever the agent writes into it', async () => {
    const body = `<b onclick="x()">bold</b> \u001b[31mred\u001b[0m abc\u202Etxt.exe zero\u200Bwidth [link](https://evil.example)\n${'line\n'.repeat(40)}the end`;
    const reason = '</q><a href="https://evil.example">Approve now</a> \u2066';
    const asked = await calls().request(ada.ask({ body, reason, headers: { 'content-type': 'text/plain' } }));
    const page = await ada.visitor.open(pathOf(asked.url));
    expect(page.html).toContain('&lt;b onclick=&quot;x()&quot;&gt;');
    expect(page.html).not.toContain('href="https://evil.example"');
    for (const sign of ['[U+001B]', '[U+202E]', '[U+200B]', '[U+2066]']) expect(page.text).toContain(sign);
    expect(page.html).not.toMatch(/[\u001b\u202e\u200b\u2066]/);
    // A long content is folded, and whole.
    expect(page.html).toContain('<details>');
    expect(page.text).toContain('the end');
    expect(page.text).toContain('lines: 42');
    await press(ada, asked.url, 'deny');
  });

  it('is not asked for a call that would never be made', async () => {
    const refused = (change: object) => expect(calls().request(ada.ask(change))).rejects;
    await refused({ path: '/contacts' }).toMatchObject({ code: 'connection_not_allowed' });
    await refused({ path: '//evil.example/calendar/v3' }).toMatchObject({ code: 'invalid_request' });
    await refused({ path: '/calendar/%2e%2e/contacts' }).toMatchObject({ code: 'invalid_request' });
    await refused({ body: 'x'.repeat(64 * 1024 + 1) }).toMatchObject({ code: 'payload_too_large' });
    await refused({ body: '\ud800' }).toMatchObject({ code: 'invalid_request' });
    await refused({ connection: 'nowhere' }).toMatchObject({ code: 'connection_not_allowed' });
  });

  it('is not believed when another hand has written it', async () => {
    const asked = await calls().request(ada.ask({ body: '{"summary":"Forged"}' }));
    await stage.world.database.pool.query(`UPDATE agent_approval SET state = 'approved' WHERE id = $1`, [
      asked.id,
    ]);
    expect(await calls().take(asked.id, ada.call({ body: '{"summary":"Forged"}' }))).toBeUndefined();
    expect(await calls().find(asked.id, ada.pair)).toBeUndefined();
  });

  it('is decided by its own person alone', async () => {
    const asked = await calls().request(ada.ask({ body: '{"summary":"Session"}' }));
    const fresh = await fetch(asked.url, { redirect: 'manual' });
    expect(fresh.headers.get('location')).toContain('/account/login?to=%2Faccount%2Fapprovals%2F');
    const mallory = await visit(stage.world, { connection: 'google', user: 'mallory' });
    expect((await mallory.open(pathOf(asked.url))).status).toBe(403);
  });
});
