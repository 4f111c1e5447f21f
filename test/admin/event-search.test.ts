import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kit/clock.ts';
import { createEventSearch } from '../../src/kit/events/event-search.ts';
import { createEventAppender, createEventStore } from '../../src/kit/events/event-store.ts';
import { newId } from '../../src/kit/ids.ts';
import { idAt } from '../support/event-weeks.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminApp, adminPerson } from './admin-person.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

// The search in the audit log without an index, types as patterns, and looks at people.

let world: World;
let call: CallAdmin;
const day = 86_400_000;

/** Events of a connection, with the days since. */
const olds = [0, 0.01, 3, 40, 400].map((days) => ({ id: idAt(Date.now() - days * day), age: days * day }));

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
  const cause = { requestId: undefined, actorKind: 'system' as const, actorId: null, address: undefined };
  await createEventAppender(world.database.pool)(
    olds.map(({ id, age }, n) => ({
      ...{
        id,
        age,
        type: 'webhook.changed' as const,
        connection: 'searched',
        userId: 'usr_searched',
        ...cause,
      },
      detail: { reason: n === 4 ? 'Weil 王小明 100%_ging' : 'else' },
    })),
  );
});

const ids = async (query: string) => itemsOf(await call('GET', `/events?${query}`)).map(({ id }) => id);

describe('the audit log', () => {
  it('is searched by a part of the reason, in any case and script, to its beginning', async () => {
    for (const q of ['王小明', 'weil', '100%_G'])
      expect(await ids(`q=${encodeURIComponent(q)}`)).toEqual([olds[4]?.id]);
    expect(await ids(`q=${encodeURIComponent('100__g')}`)).toEqual([]);
    expect(await ids('q=else&connection=searched')).toHaveLength(4);
    expect((await call('GET', '/events?q=%00')).status).toBe(400);
    expect((await call('GET', '/events?connection=searched')).body).toMatchObject({
      looked_back_to: null,
      next_cursor: null,
    });
  });

  it('goes on where a search has ended in time, and finds each event once', async () => {
    const store = createEventStore(world.database.prisma);
    const search = createEventSearch(store, systemClock, 0);
    const found: string[] = [];
    let after: { at: Date; id: string } | undefined;
    for (let pages = 0; pages < 10; pages += 1) {
      const page = await search({ limit: 3, after, filter: { connection: ['searched'] } });
      found.push(...page.rows.map(({ id }) => id));
      if (!page.lookedBackTo) break;
      after = { at: page.lookedBackTo, id: 'evt_00000000000000000000000000' };
    }
    expect(found).toEqual(olds.map(({ id }) => id));
  });

  it('is searched in steps among the events of one person too', async () => {
    const store = createEventStore(world.database.prisma);
    const spans: (Date | undefined)[] = [];
    const list: typeof store.list = async (page) => {
      spans.push(page.filter.since);
      return await store.list(page);
    };
    const search = createEventSearch({ ...store, list }, systemClock);
    const filter = { userId: ['usr_searched'], text: '100%_g' };
    expect((await search({ limit: 3, after: undefined, filter })).rows.map(({ id }) => id)).toEqual([
      olds[4]?.id,
    ]);
    expect(spans.length).toBeGreaterThan(1);
    expect(spans[0]?.getTime()).toBeGreaterThan(Date.now() - 2 * day);
  });

  it('takes a pattern for all types that begin so, and names each type with a sentence', async () => {
    expect(await ids('type=webhook.*&connection=searched')).toHaveLength(5);
    expect(await ids('type=nothing.*')).toEqual([]);
    expect((await call('GET', '/events?type=webhook*')).status).toBe(400);
    const { status, body } = await call('GET', '/events/types');
    expect(status).toBe(200);
    expect(body.items).toContainEqual({
      ...{ type: 'webhook.changed', group: 'webhooks' },
      text: { en: 'A webhook was changed', zh: 'Webhook 已修改' },
    });
  });

  it('reads several types, apps or addresses by their index in one statement, the newest first', async () => {
    const store = createEventStore(world.database.prisma);
    let statements = 0;
    const list: typeof store.list = async (page) => {
      statements += 1;
      return await store.list(page);
    };
    const search = createEventSearch({ ...store, list }, systemClock);
    const insert = `INSERT INTO audit_event (id, at, type) VALUES ($1, now() - $2 * interval '1 day', $3)`;
    for (const [days, type] of [
      [0, 'app.changed'],
      [1, 'api.changed'],
      [2, 'app.changed'],
      [50, 'app.changed'],
    ])
      await world.database.pool.query(insert, [newId('evt'), days, type]);
    const all = await search({ limit: 200, after: undefined, filter: {} });
    const type = ['webhook.changed', 'app.changed', 'app.removed', 'webhook.changed'];
    const expected = all.rows.filter((row) => type.includes(row.type)).map(({ id }) => id);
    statements = 0;
    const found: string[] = [];
    for (let after: { at: Date; id: string } | undefined; ; ) {
      const { rows } = await search({ limit: 2, after, filter: { type } });
      found.push(...rows.map(({ id }) => id));
      after = rows.at(-1);
      if (!after) break;
    }
    expect(found).toEqual(expected);
    expect(expected.length).toBeGreaterThan(7);
    expect(statements).toBe(Math.floor(expected.length / 2) + 1 + (expected.length % 2));
    expect((await search({ limit: 9, after: undefined, filter: { appId: ['none', 'nor'] } })).rows).toEqual(
      [],
    );
    statements = 0;
    expect((await search({ limit: 9, after: undefined, filter: { type: [] } })).rows).toEqual([]);
    expect(statements).toBe(1);
  });

  it('finds the events of a request by the time in its id, and of foreign ids by the index', async () => {
    const [mine, other] = [newId('req'), 'proxy-1'];
    const insert = `INSERT INTO audit_event (id, type, request_id) VALUES ($1, 'app.changed', $2)`;
    for (const request of [mine, other]) await world.database.pool.query(insert, [newId('evt'), request]);
    expect(await ids(`request=${mine}`)).toHaveLength(1);
    expect(await ids(`request=${mine}&request=${other}`)).toHaveLength(2);
  });
});

describe('a person', () => {
  it('who is read by an admin leaves an event, once an hour for each admin', async () => {
    const app = await adminApp(world);
    const admin = await adminPerson(world, app, { user: 'lin', role: 'auditor' });
    const owner = await adminPerson(world, app, { user: 'ada', role: 'owner' });
    for (let times = 0; times < 3; times += 1) await admin.call('GET', `/users/${owner.userId}`);
    await owner.call('GET', `/users/${owner.userId}`);
    await call('GET', `/users/${owner.userId}`);
    const viewed = () =>
      call('GET', `/events?type=person.viewed&user=${owner.userId}`).then((answer) => itemsOf(answer));
    expect(await viewed()).toMatchObject([{ actor: { kind: 'person', id: admin.userId } }]);
    const earlier = `UPDATE audit_event SET at = at - interval '61 minutes' WHERE type = 'person.viewed'`;
    await world.database.pool.query(earlier);
    await admin.call('GET', `/users/${owner.userId}`);
    expect(await viewed()).toHaveLength(2);
  });

  it('leaves it wherever an admin reads about them, and not in a list', async () => {
    const app = await adminApp(world);
    const { userId } = await adminPerson(world, app, { user: 'sam', role: 'support' });
    const owner = await adminPerson(world, app, { user: 'ada', role: 'owner' });
    const viewed = async () =>
      itemsOf(await call('GET', `/events?type=person.viewed&user=${userId}&actor=${owner.userId}`)).length;
    await owner.call('GET', `/users?q=${userId}`);
    expect(await viewed()).toBe(0);
    const paths = ['consents', 'sessions', 'identities', 'uses', 'export'];
    const answers = await Promise.all(paths.map((path) => owner.call('GET', `/users/${userId}/${path}`)));
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
    expect(await viewed()).toBe(1);
  });
});
