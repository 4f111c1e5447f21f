import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { startDemo } from '../../src/assembly/developer-mode.ts';
import { readConfig } from '../../src/config.ts';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { createApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

// Edge cases of every list: its longest page, times that no database holds, and rows whose time no `Date` can
// represent.

let world: World;
let call: CallAdmin;
let endpoint: string;
let user: string;

const lists = () => [
  '/apps',
  '/apis',
  '/users',
  '/events',
  '/connections',
  '/departures',
  '/webhooks',
  `/webhooks/${endpoint}/deliveries`,
  `/users/${user}/identities`,
];

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
  const app = await createApp(world);
  for (const connection of ['google', 'github']) await app.signIn({ connection, user: 'lin' });
  const made = await call('POST', '/webhooks', { url: 'https://hooks.example/here' });
  endpoint = String(made.body.id);
  user = String(itemsOf(await call('GET', '/users'))[0]?.id);
});

const cursor = (position: object) => Buffer.from(JSON.stringify(position)).toString('base64url');

describe('the longest page', () => {
  it('of each list is 200, and 201 is refused', async () => {
    for (const list of lists()) {
      expect([list, (await call('GET', `${list}?limit=200`)).status]).toEqual([list, 200]);
      expect([list, (await call('GET', `${list}?limit=201`)).status]).toEqual([list, 400]);
    }
  });
});

describe('a time outside the accepted years', () => {
  it.each([
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+23:59',
    '9999-12-31T23:59:59-23:59',
    '0000-01-01',
    '-000001-01-01T00:00:00Z',
    '+010000-01-01T00:00:00Z',
    'infinity',
  ])('%s is refused as `since` and in cursors', async (at) => {
    const { status } = await call('GET', `/events?since=${encodeURIComponent(at)}`);
    expect(status).toBe(400);
    for (const [list, prefix] of [
      ['/events', 'evt'],
      ['/users', 'usr'],
      ['/departures', 'dep'],
    ] as const) {
      const place = cursor({ at, id: `${prefix}_01m8m92ezkfqdvh0ffs3nzys69` });
      const answer = await call('GET', `${list}?cursor=${place}`);
      expect([list, answer.status]).toEqual([list, 400]);
    }
  });

  it.each([null, 0, 1e15, true, [], {}, '2026'])('is refused as the time of a cursor: %j', async (at) => {
    const place = cursor({ at, id: 'evt_01m8m92ezkfqdvh0ffs3nzys69' });
    expect((await call('GET', `/events?cursor=${place}`)).status).toBe(400);
  });
});

describe('a stored time that no Date can represent', () => {
  const odd = [
    'infinity',
    '-infinity',
    '0044-03-15 12:00:00+00 BC',
    '0001-01-01 00:00:00+00',
    '12345-01-01 00:00:00+00',
  ];

  it.each(odd)('%s breaks no list, and pages still end', async (moment) => {
    const { pool } = world.database;
    // Each test has an event of its own. Two rows have the same time, so that a page may end between them.
    for (const mark of ['0', '1'])
      await pool.query(
        `INSERT INTO audit_event (id, at, type) VALUES ('evt_01m8m92ezkfqdvh0ffs3nzys6${mark}', $1, 'odd') ON CONFLICT (id)
           DO UPDATE SET at = $1`,
        [moment],
      );
    const columns = [
      ['"user"', 'created_at'],
      ['identity', 'linked_at'],
      ['app', 'created_at'],
      ['connection', 'created_at'],
      ['webhook_endpoint', 'created_at'],
      ['vault_entry', 'state_since'],
    ];
    for (const [table, column] of columns) await pool.query(`UPDATE ${table} SET ${column} = $1`, [moment]);

    const paged = lists().map((list) => (list === '/events' ? '/events?type=odd&' : `${list}?`));
    for (const list of paged) {
      const ids: string[] = [];
      let next: string | null = '';
      for (let pages = 0; next !== null && pages < 150; pages += 1) {
        const answer = await call('GET', `${list}limit=1${next && `&cursor=${next}`}`);
        expect([list, answer.status]).toEqual([list, 200]);
        for (const item of itemsOf(answer)) ids.push(String(item.id ?? item.client_id ?? item.alias));
        next = answer.body.next_cursor as string | null;
      }
      expect([list, next]).toEqual([list, null]);
      expect([list, new Set(ids).size]).toEqual([list, ids.length]);
      const all = itemsOf(await call('GET', `${list}limit=200`));
      expect([list, all.length]).toEqual([list, ids.length]);
    }
  });
});

describe('developer mode', () => {
  it('starts again with more than a hundred connections in the database', async () => {
    const [known] = world.lab.connections().filter(({ name }) => name === 'github');
    if (!known) throw new Error('the lab has no github');
    const { provider, clientId, clientSecret, endpoints } = known;
    for (let count = 0; count < 101; count += 1)
      await world.broker.connections.create({
        alias: `copy-${count}`,
        provider,
        client_id: clientId,
        client_secret: clientSecret,
        endpoints,
        scopes: [],
        enabled: true,
        for: 'login',
      });
    const keyring = createKeyring([{ id: 'test', key: randomBytes(32) }]);
    const config = readConfig({ DEMO_PORT: '0', PUBLIC_URL: world.issuer });
    await using opened = new AsyncDisposableStack();
    expect(await startDemo({ config, broker: world.broker, keyring }, opened)).toBe('http://localhost:0');
    const { body } = await call('GET', '/apps/app_demo');
    expect(body.connections).toHaveLength(100);
    expect(body.display_name).toEqual({ en: 'Demo app', zh: '演示应用' });
  });
});
