import { beforeAll, describe, expect, it } from 'vitest';
import { createUserList, type UserPosition } from '../../src/identities/user-list-store.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

let world: World;
let call: CallAdmin;
const from1to60 = Array.from({ length: 60 }, (_, index) => index + 1);
const idOf = (prefix: string, n: number) => `${prefix}_${String(n).padStart(26, '0')}`;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
  const { pool } = world.database;
  const now = world.clock.now();
  await pool.query(
    `INSERT INTO "user" (id, name, created_at, last_login_at, disabled_at, roles)
     SELECT 'usr_' || lpad(n::text, 26, '0'), (ARRAY['王小明', '欧阳娜娜', 'Élodie Durand'])[1 + n % 3],
       $1::timestamptz - n * interval '1 day', CASE WHEN n <= 20 THEN $1::timestamptz - (21 - n) * interval '1 hour' END,
       CASE WHEN n % 15 = 0 THEN $1::timestamptz END, CASE WHEN n = 7 THEN '{auditor}' WHEN n = 9 THEN '{admin}' ELSE '{}' END::text[]
     FROM generate_series(1, 60) n`,
    [now],
  );
  await pool.query(
    `INSERT INTO identity (id, user_id, connection_id, issuer, subject, alternates, name, email)
     SELECT 'idn_' || lpad(n::text, 26, '0'), 'usr_' || lpad(n::text, 26, '0'), c.id, 'https://issuer.example', 'subject-' || n,
       jsonb_build_object('unionid', 'union-' || n), 'Account ' || n, 'person' || n || '@mail.test'
     FROM generate_series(1, 60) n JOIN connection c ON c.alias = CASE WHEN n % 6 = 0 THEN 'google' ELSE 'github' END`,
  );
  await world.adopt();
});

async function numbers(query: string, limit = 7): Promise<readonly number[]> {
  const found: number[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = await call('GET', `/users?limit=${limit}&${query}${cursor && `&cursor=${cursor}`}`);
    expect(page.status, page.text).toBe(200);
    found.push(...itemsOf(page).map(({ id }) => Number(String(id).slice(-3))));
    cursor = page.body.next_cursor as string | null;
  }
  return found;
}

describe('the list of people', () => {
  const day = (n: number) => new Date(world.clock.now().getTime() - n * 86_400_000).toISOString();

  it.each([
    ['', from1to60],
    ['sort=last_login', from1to60.slice(0, 20).reverse()],
    [`id=${idOf('usr', 7)}&id=${idOf('usr', 9)}&id=${idOf('usr', 99)}`, [7, 9]],
    [`id=${idOf('usr', 7)}&id=${idOf('usr', 9)}&role=auditor`, [7]],
    ['disabled=true', [15, 30, 45, 60]],
    ['disabled=true&sort=last_login', [15]],
    ['disabled=false', from1to60.filter((n) => n % 15 !== 0)],
    ['role=auditor', [7]],
    ['role=owner', [9]],
    ['connection=google', from1to60.filter((n) => n % 6 === 0)],
    ['connection=google&disabled=true', [30, 60]],
    ['connection=nowhere', []],
  ])('%s, page by page', async (query, expected) => {
    expect(await numbers(query)).toEqual(expected);
  });

  it('is of those who were created in a period', async () => {
    expect(await numbers(`created_since=${day(5.5)}&created_until=${day(2.5)}`)).toEqual([3, 4, 5]);
  });

  it.each([
    ['王小', from1to60.filter((n) => n % 3 === 0)],
    ['娜', from1to60.filter((n) => n % 3 === 1)],
    ['ÉLODIE', from1to60.filter((n) => n % 3 === 2)],
    ['person44@', [44]],
    ['subject-8', [8]],
    ['union-30', [30]],
    [idOf('usr', 5), [5]],
    [idOf('idn', 6), [6]],
    ['n', from1to60],
    ['没有', []],
    ['%', []],
  ])('finds %s', async (search, expected) => {
    expect(await numbers(`q=${encodeURIComponent(search)}`)).toEqual(expected);
    const few = await numbers(`q=${encodeURIComponent(search)}&disabled=true`);
    expect(few).toEqual(expected.filter((n) => n % 15 === 0));
  });

  it('asks the indexes once for a text that many have, and then goes along the list', async () => {
    const { pool } = world.database;
    let asked = 0;
    const connect = async () => {
      asked += 1;
      return await pool.connect();
    };
    const list = createUserList(Object.assign(Object.create(pool), { connect }), 5);
    const found: number[] = [];
    let after: UserPosition | undefined;
    do {
      const page = await list({ limit: 2, search: 'person1', after });
      found.push(...page.users.map(({ id }) => Number(id.slice(-3))));
      after = page.users[1] ?? page.stoppedAt;
    } while (after);
    expect(found).toEqual([1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(asked).toBe(1);
  });

  it('refuses the cursor of another order', async () => {
    const page = await call('GET', '/users?limit=1');
    const refused = await call('GET', `/users?sort=last_login&cursor=${page.body.next_cursor}`);
    expect(refused).toMatchObject({ status: 400, body: { detail: 'cursor: is of another sort' } });
  });
});
