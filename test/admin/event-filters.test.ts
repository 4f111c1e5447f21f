import { beforeAll, describe, expect, it } from 'vitest';
import { createEventAppender } from '../../src/kit/events/event-store.ts';
import type { Event } from '../../src/kit/events/events.ts';
import { newId } from '../../src/kit/ids.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

// The filters of the audit log.

let world: World;
let call: CallAdmin;

/** The ids of the events, in the order of their times. */
const ids = Array.from({ length: 5 }, () => newId('evt'));
const name = (id: unknown) => `evt_${ids.indexOf(String(id))}`;

const seconds = (count: number) => count * 1000;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
  const line = (index: number, type: Event['type'], more: object) => ({
    id: ids[index] ?? '',
    type,
    requestId: undefined,
    actorKind: 'system' as const,
    actorId: null,
    address: undefined,
    age: 0,
    detail: {},
    ...more,
  });
  await createEventAppender(world.database.pool)([
    line(1, 'token.retrieved', {
      actorKind: 'app',
      actorId: 'app_1',
      address: '192.0.2.7',
      identityId: 'idn_1',
      age: seconds(300),
    }),
    line(2, 'token.refreshed', { identityId: 'idn_1', requestId: 'req_2', age: seconds(200) }),
    line(3, 'app.changed', {
      actorKind: 'person',
      actorId: 'usr_1',
      address: '2001:db8::1',
      requestId: 'req_3',
      age: seconds(100),
    }),
    line(4, 'app.changed', { actorKind: 'bootstrap', requestId: 'req_3' }),
  ]);
  const old = `INSERT INTO audit_event (id, type, at) VALUES ($1, 'app.changed', now() - interval '1 hour')`;
  await world.database.pool.query(old, [ids[0]]);
});

const only = `type=token.retrieved&type=token.refreshed&type=app.changed`;

async function found(query: string): Promise<readonly unknown[]> {
  return itemsOf(await call('GET', `/events?${query}`))
    .map(({ id }) => name(id))
    .reverse();
}

const ago = (count: number) => new Date(Date.now() - seconds(count)).toISOString();

describe('the audit log', () => {
  it.each([
    ['an identity', 'identity=idn_1', ['evt_1', 'evt_2']],
    ['a request', 'request=req_3', ['evt_3', 'evt_4']],
    ['a kind of actor', 'actor=person', ['evt_3']],
    ['an actor', 'actor=app_1', ['evt_1']],
    ['kinds and actors', 'actor=bootstrap&actor=usr_1', ['evt_3', 'evt_4']],
    ['an address', 'address=192.0.2.7', ['evt_1']],
    ['an address in another spelling', 'address=2001:DB8:0::1', ['evt_3']],
    ['addresses', 'address=192.0.2.7&address=2001:db8::1', ['evt_1', 'evt_3']],
    ['types', 'type=token.refreshed&type=token.retrieved', ['evt_1', 'evt_2']],
    ['two filters', 'identity=idn_1&request=req_2', ['evt_2']],
    ['a value that none has', 'identity=idn_2', []],
  ])('is filtered by %s', async (_what, query, expected) => {
    expect(await found(query)).toEqual(expected);
  });

  it('is filtered by a span of time, of which the end is left out', async () => {
    expect(await found(`${only}&since=${ago(250)}&until=${ago(50)}`)).toEqual(['evt_2', 'evt_3']);
    const { rows } = await world.database.pool.query<{ at: Date }>(
      'SELECT at FROM audit_event WHERE id = $1',
      [ids[2]],
    );
    const at = rows[0]?.at.toISOString() ?? '';
    expect(await found(`identity=idn_1&until=${at}`)).toEqual(['evt_1']);
    expect(await found(`identity=idn_1&since=${at}`)).toEqual(['evt_2']);
  });

  it('goes on with the same filters on the next page', async () => {
    const first = await call('GET', `/events?${only}&limit=3`);
    const rest = await call('GET', `/events?${only}&limit=3&cursor=${first.body.next_cursor}`);
    const both = [first, rest].flatMap(itemsOf).map(({ id }) => name(id));
    expect(both).toEqual(['evt_4', 'evt_3', 'evt_2', 'evt_1', 'evt_0']);
  });

  it('has no actor in events of earlier versions', async () => {
    expect((await call('GET', `/events/${ids[0]}`)).body).toMatchObject({ actor: null, address: null });
  });

  it.each([
    'address=192.0.2.300',
    'address=',
    'actor=a%00b',
    'until=yesterday',
    `${'type=x&'.repeat(21)}`,
    'adress=192.0.2.7',
  ])('refuses %s', async (query) => {
    expect((await call('GET', `/events?${query}`)).status).toBe(400);
  });

  it.each(['identity_id', 'actor_id', 'address', 'app_id', 'request_id'])(
    'has an index for its filter by %s',
    async (column) => {
      const { rows } = await world.database.pool.query(
        'SELECT FROM pg_indexes WHERE tablename = $1 AND indexdef LIKE $2',
        ['audit_event', `%(${column}%`],
      );
      expect(rows).toHaveLength(1);
    },
  );
});
