import { randomBytes } from 'node:crypto';
import { beforeAll, beforeEach, expect, it, test } from 'vitest';
import { openImports } from '../../src/assembly/open-imports.ts';
import type { OpenStore } from '../../src/assembly/open-store.ts';
import type { Open } from '../../src/imports/exported-user.ts';
import type { Imports } from '../../src/imports/imports.ts';
import { type Product, products } from '../../src/imports/products.ts';
import { openExport } from '../../src/imports/read-records.ts';
import type { Left } from '../../src/imports/reasons.ts';
import { newTally } from '../../src/imports/tally.ts';
import { createEvents } from '../../src/kit/events/events.ts';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { createLog } from '../../src/kit/log.ts';
import { Secret } from '../../src/kit/secret.ts';
import { adminClient, type CallAdmin, itemsOf } from '../admin/client.ts';
import { atEnd } from '../support/at-end.ts';
import { createWorld, type World } from '../support/world.ts';
import { fileOf } from './import-world.ts';
import { mutatedLines } from './mutations.ts';
import type { SampleFile } from './samples/samples.ts';

// Files of mutated records of each product: no record stops an import, the dry run says what the run does, a second run
// changes nothing, and the admin's view shows all of it. `npm run prove:mutations` has 10,000 records of each product.

const count = Number(process.env.MUTATED_RECORDS ?? 400);
const seed = Number(process.env.MUTATION_SEED ?? 20_261_130);

let world: World;
let imports: Imports;
let call: CallAdmin;

beforeAll(async () => {
  const keys = [{ id: 'test', key: randomBytes(32) }];
  world = await createWorld({ providers: ['wechat-official-account'], keys });
  // Its lab mints no secrets here, which a world with users is expected to have.
  atEnd(empty);
  call = adminClient(world);
  const { database, clock, broker } = world;
  const wechat = (await broker.connections.all()).find(({ alias }) => alias === 'wechat');
  await broker.connections.create({
    alias: 'wechat-account',
    provider: 'wechat-official-account',
    ...{ client_id: 'wx-account', client_secret: 'secret', endpoints: wechat?.registration.endpoints ?? {} },
    ...{ options: {}, scopes: [], enabled: true, for: 'login' },
  });
  const store = { database, clock, keyring: createKeyring(keys), rowTags: await world.rowTags() };
  const log = createLog('warn', { write: () => undefined });
  imports = await openImports(store as unknown as OpenStore, broker, createEvents(database.pool, log));
});
async function empty(): Promise<void> {
  await world.database.pool.query('TRUNCATE "user", departure CASCADE');
}
beforeEach(empty);

async function run(
  { read, realms }: Product,
  file: string,
  { dry, open }: { dry: boolean; open: Open | undefined },
) {
  const left: Left[] = [];
  const ids: string[] = [];
  let tally = newTally();
  const opened = await openExport(file, realms && { realm: undefined });
  for await (tally of imports.run(opened.records(), {
    ...{ from: 'mutations', read, open, dry, names: new Map(), scopes: new Map() },
    onLeft: (one) => left.push(one),
    onUser: (ref, user) => ids.push(`${ref} ${user}`),
  }));
  return { tally, left, ids };
}

/** Returns a digest of everything that an import could change. */
async function contents(): Promise<unknown> {
  const tables = ['"user"', 'identity', 'shared_id', 'vault_entry'];
  const digests = tables.map((table) =>
    world.database.pool.query(
      `SELECT count(*), md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM ${table} t`,
    ),
  );
  return (await Promise.all(digests)).map(({ rows }) => rows);
}

/** Reads all users, and the identities of some, as the admin's console does. */
async function expectReadable(): Promise<void> {
  const users: string[] = [];
  let next: unknown = '';
  while (next !== null) {
    const page = await call('GET', `/users?limit=200${next && `&cursor=${String(next)}`}`);
    expect([page.text, page.status]).toEqual([page.text, 200]);
    users.push(...itemsOf(page).map(({ id }) => String(id)));
    next = page.body.next_cursor;
  }
  for (const user of users.filter((_, index) => index % Math.ceil(users.length / 50) === 0)) {
    const page = await call('GET', `/users/${user}/identities`);
    expect([page.text, page.status]).toEqual([page.text, 200]);
  }
}

async function samplesOf(name: string, { opener }: Product) {
  const { records, secret } = (await import(`./samples/${name}.ts`)) as SampleFile;
  return { records, open: secret === undefined ? undefined : opener?.(new Secret(secret)) };
}

/** Returns the users who were refused because of other records, once for each of their own. */
function refusedIn(left: readonly Left[]): string {
  const byOthers: readonly string[] = ['several_users', 'account_of_another', 'user_not_here'];
  return JSON.stringify(left.filter(({ reason }) => byOthers.includes(reason)));
}

it.each(Object.entries(products))(
  `%s: mutated records of seed ${seed}`,
  async (name, product: Product) => {
    const { records, open } = await samplesOf(name, product);
    const lines = mutatedLines(records, count, seed);
    const file = await fileOf(`${lines.join('\n')}\n`);

    const before = await contents();
    const dry = await run(product, file, { dry: true, open });
    expect(await contents()).toEqual(before);
    const taken = await run(product, file, { dry: false, open });
    expect(dry.ids).toEqual([]);
    expect(dry.left).toEqual(taken.left);
    expect(dry.tally).toEqual(taken.tally);
    expect(taken.tally.users.new).toBeGreaterThan(count / 20);

    await expectReadable();

    let after = await contents();
    let again = await run(product, file, { dry: false, open });
    if (refusedIn(again.left) !== refusedIn(taken.left)) {
      // The first of two records of a person can be refused until the second has made the person known.
      after = await contents();
      again = await run(product, file, { dry: false, open });
    }
    expect(await contents()).toEqual(after);
    expect(again.tally).toMatchObject({
      users: { new: 0 },
      identities: { new: 0 },
      tokens: { new: 0, replaced: 0 },
    });
    expect(new Set(again.ids)).toEqual(new Set(taken.ids));
  },
  120_000,
);

test('each product has records to mutate, and unchanged ones are taken', async () => {
  for (const [name, product] of Object.entries(products)) {
    await empty();
    const { records, open } = await samplesOf(name, product);
    const file = await fileOf(
      records(1)
        .map((record) => `${JSON.stringify(record)}\n`)
        .join(''),
    );
    const { left } = await run(product, file, { dry: false, open });
    expect([name, left.filter(({ reason }) => reason === 'malformed')]).toEqual([name, []]);
  }
});
