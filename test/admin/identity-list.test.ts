import { beforeAll, describe, expect, it } from 'vitest';
import { createIdentityList, type ListPosition } from '../../src/reporting/identity-list.ts';
import { createIdentityListStore } from '../../src/reporting/identity-list-store.ts';
import { createWorld, type World } from '../support/world.ts';
import { type AdminPerson, adminApp, adminPerson } from './admin-person.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

// A hundred linked accounts at two connections, in all states.

let world: World;
let call: CallAdmin;
/** The account of this person is in the lists too, with an id that ends otherwise. */
let auditor: AdminPerson;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
  await plant();
  auditor = await adminPerson(world, await adminApp(world), { user: 'lin', role: 'auditor' });
});

/** Returns an id of which the number is the end. */
const idOf = (prefix: string, n: number) => `${prefix}_${'0'.repeat(23)}${String(n).padStart(3, '0')}`;

async function plant(): Promise<void> {
  const { pool } = world.database;
  const now = world.clock.now();
  await pool.query(
    `INSERT INTO "user" (id, name) SELECT 'usr_' || lpad(n::text, 26, '0'),
       (ARRAY['王小明', '欧阳娜娜', 'Ada Okafor', 'ÉLODIE Durand'])[1 + n % 4] FROM generate_series(1, 100) n`,
  );
  await pool.query(
    `INSERT INTO identity (id, user_id, connection_id, issuer, subject, alternates, name, email, linked_at)
     SELECT 'idn_' || lpad(n::text, 26, '0'), 'usr_' || lpad(n::text, 26, '0'), c.id, 'https://issuer.example', 'subject-' || n,
       CASE WHEN n % 10 = 0 THEN jsonb_build_object('unionid', 'union-' || n) ELSE '{}' END,
       'Account ' || n, 'person' || n || '@mail.test', $1::timestamptz - n * interval '1 hour'
     FROM generate_series(1, 100) n JOIN connection c ON c.alias = CASE WHEN n % 2 = 0 THEN 'google' ELSE 'github' END`,
    [now],
  );
  await pool.query(
    `INSERT INTO vault_entry (identity_id, connection_id, ciphertext, wrapped_key, key_id, granted_scopes, refreshable,
       state, state_reason, state_since, access_expires_at, refresh_expires_at, ends_at, failures, last_used_at, described_version)
     SELECT i.id, i.connection_id, 'x', 'x', 'test', '{}', n % 10 <> 3,
       CASE n % 10 WHEN 1 THEN 'reauthorization_required' WHEN 2 THEN 'revoked' ELSE 'active' END,
       CASE n % 10 WHEN 1 THEN 'password_changed' WHEN 2 THEN 'revoked_by_user' END,
       $1::timestamptz - n * interval '1 minute',
       CASE n % 10 WHEN 3 THEN $1::timestamptz - n * interval '1 minute' END,
       CASE n % 10 WHEN 4 THEN $1::timestamptz + n * interval '1 hour' END,
       CASE n % 10 WHEN 3 THEN $1::timestamptz - n * interval '1 minute' WHEN 4 THEN $1::timestamptz + n * interval '1 hour' END,
       CASE n % 10 WHEN 5 THEN 2 ELSE 0 END, CASE n % 10 WHEN 6 THEN $1::timestamptz - n * interval '1 day' END, 1
     FROM (SELECT id, connection_id, right(id, 3)::int AS n FROM identity WHERE issuer = 'https://issuer.example') AS i`,
    [now],
  );
  await pool.query(
    `INSERT INTO app_use (identity_id, app_id, user_id, connection_id, first_at, last_at, times)
     SELECT id, 'app_notes', user_id, connection_id, $1, $1::timestamptz - right(id, 3)::int * interval '1 minute', 3
     FROM identity WHERE right(id, 3)::int <= 20 AND issuer = 'https://issuer.example'`,
    [now],
  );
  await world.adopt();
}

/** The cursor of a page that had an app in its filter. */
const lastUsed = Buffer.from(
  JSON.stringify({
    at: '2026-11-30T00:00:00.000Z',
    id: 'idn_01m8m92ezkfqdvh0ffs3nzys69',
    sort: 'last_used',
    source: 'sorted',
  }),
).toString('base64url');

const isPlanted = (id: unknown) => String(id).includes('0'.repeat(20));

/** Returns the numbers of all pages' accounts. */
async function numbers(query: string, limit = 7): Promise<readonly number[]> {
  const found: number[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = await call('GET', `/identities?limit=${limit}&${query}${cursor && `&cursor=${cursor}`}`);
    expect(page.status, page.text).toBe(200);
    found.push(...itemsOf(page).flatMap(({ id }) => (isPlanted(id) ? Number(String(id).slice(-3)) : [])));
    cursor = page.body.next_cursor as string | null;
  }
  return found;
}

const from1to100 = Array.from({ length: 100 }, (_, index) => index + 1);
const ending = (...digits: readonly number[]) => from1to100.filter((n) => digits.includes(n % 10));

describe('the list of linked accounts', () => {
  it.each([
    ['', from1to100],
    ['connection=google', from1to100.filter((n) => n % 2 === 0)],
    ['connection=google&connection=github', from1to100],
    ['connection=nowhere', []],
    ['state=revoked', ending(2)],
    ['state=reauthorization_required', ending(1, 3)],
    ['state=reauthorization_required&state=revoked', ending(1, 2, 3)],
    ['state=reauthorization_required&sort=linked', ending(1, 3)],
    ['sort=since', ending(1, 2, 3)],
    ['reason=password_changed', ending(1)],
    ['reason=not_refreshable&connection=github', ending(3)],
    ['state=retrying', ending(5)],
    ['state=expiring', [4, 14, 24, 34, 44, 54, 64, 74, 84, 94].filter((n) => n < 120)],
    ['sort=ends', ending(4)],
    ['ends_within=2', [4, 14, 24, 34, 44]],
    ['app=app_notes', from1to100.slice(0, 20)],
    ['app=app_notes&state=revoked', [2, 12]],
    ['app=app_notes&sort=linked', from1to100.slice(0, 20)],
  ])('%s, page by page', async (query, expected) => {
    expect(await numbers(query)).toEqual(expected);
  });

  it('asks the indexes once for a text that many have, and then goes along the list', async () => {
    const { database, clock, broker } = world;
    const store = createIdentityListStore(database.pool);
    let asked = 0;
    const find: typeof store.find = async (...of) => {
      asked += 1;
      return await store.find(...of);
    };
    const { identities, connections, vault } = broker;
    const list = createIdentityList({
      ...{ identities, connections, vault, clock, mostCandidates: 5 },
      store: { ...store, find },
    });
    const found: number[] = [];
    let after: ListPosition | undefined;
    do {
      const page = await list.page({ filter: { search: 'person1' }, limit: 2, after });
      found.push(...page.items.map(({ identity }) => Number(identity.id.slice(-3))));
      after = page.next;
    } while (after);
    expect(found).toEqual([1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 100]);
    expect(asked).toBe(1);
  });

  it.each([
    ['王小', from1to100.filter((n) => n % 4 === 0)],
    ['娜', from1to100.filter((n) => n % 4 === 1)],
    ['élodie', from1to100.filter((n) => n % 4 === 3)],
    ['person77@MAIL', [77]],
    ['subject-8', [8]],
    ['union-30', [30]],
    [idOf('usr', 5), [5]],
    [idOf('idn', 6), [6]],
    ['a', from1to100],
    ['没有', []],
  ])('finds %s', async (search, expected) => {
    expect(await numbers(`q=${encodeURIComponent(search)}`, 50)).toEqual(expected);
    const both = await numbers(`q=${encodeURIComponent(search)}&state=revoked`);
    expect(both).toEqual(expected.filter((n) => n % 10 === 2));
  });
});

describe('a listed account', () => {
  it('has its person, its token without the token, its uses and its end', async () => {
    const [used] = itemsOf(await call('GET', '/identities?app=app_notes&limit=1'));
    expect(used).toMatchObject({
      connection: 'github',
      subject: 'subject-1',
      user: { id: idOf('usr', 1), name: '欧阳娜娜' },
      used_by: [{ app: 'app_notes', times: 3 }],
      token: { state: 'reauthorization_required', reason: 'password_changed' },
      ends_at: null,
    });
    const [ending] = itemsOf(await call('GET', '/identities?sort=ends&limit=1'));
    const end = new Date(world.clock.now().getTime() + 4 * 3_600_000).getTime();
    expect(Math.abs(Date.parse(String(ending?.ends_at)) - end)).toBeLessThan(600_000);
  });

  it('is masked for an auditor, who finds people by name alone and leaves an event for a look', async () => {
    const mine = `?app=app_notes&limit=1`;
    const [masked] = itemsOf(await auditor.call('GET', `/identities${mine}`));
    expect(masked).toMatchObject({ subject: '•••-1', email: 'p•••@•••', user: { name: '欧阳娜娜' } });
    expect(itemsOf(await auditor.call('GET', '/identities?q=person77@mail'))).toEqual([]);
    expect(itemsOf(await auditor.call('GET', '/identities?q=subject-8'))).toEqual([]);
    const [whole] = itemsOf(await auditor.call('GET', `/identities${mine}&reveal=true`));
    expect(whole).toMatchObject({ email: 'person1@mail.test' });
    const events = itemsOf(await call('GET', `/events?type=person.revealed&user=${idOf('usr', 1)}`));
    expect(events).toHaveLength(1);
  });

  it.each([
    ['sort=last_used', 'sort: last_used needs an app'],
    [`cursor=${lastUsed}`, 'sort: last_used needs an app'],
    ['cursor=bm8', 'cursor: is not one that was handed out here'],
    ['state=dead', 'state'],
    ['ends_within=0', 'ends_within'],
  ])('is refused for %s', async (query, detail) => {
    const refused = await call('GET', `/identities?${query}`);
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(String(refused.body.detail)).toContain(detail);
  });
});
