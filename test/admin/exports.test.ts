import { beforeAll, describe, expect, it } from 'vitest';
import { minutes } from '../../src/kit/clock.ts';
import { newId } from '../../src/kit/ids.ts';
import { visit } from '../account/visitor.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { expectNoSecrets } from '../support/leaks.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminApp, adminPerson } from './admin-person.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

let world: World;
let app: TestApp;
let call: CallAdmin;
/** The number of people is greater than one page of the list. */
const crowd = 430;

beforeAll(async () => {
  world = await createWorld();
  app = await adminApp(world);
  call = adminClient(world);
  await visit(world, { connection: 'google', user: 'ada' });
  await visit(world, { connection: 'github', user: 'sam' });
  const ids = Array.from({ length: crowd }, () => newId('usr'));
  await world.database.pool.query(
    `INSERT INTO "user" (id, name, created_at)
     SELECT id, '王小明 ' || at, now() - at * interval '1 second' FROM unnest($1::text[]) WITH ORDINALITY AS one (id, at)`,
    [ids],
  );
  const odd = ['=1+1', '+86 10', '-lin', '@lin', '＝1', '\tlin', 'a "quoted", name', 'two\r\nlines'];
  await world.database.pool.query(
    `UPDATE "user" SET name = one.name FROM unnest($1::text[], $2::text[]) AS one (id, name) WHERE "user".id = one.id`,
    [ids.slice(0, odd.length), odd],
  );
  await world.adopt();
});

async function download(path: string, token = world.adminToken, headers: Record<string, string> = {}) {
  const response = await fetch(`${world.issuer}/admin/v1/exports/${path}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  // `text()` removes a byte order mark.
  const text = Buffer.from(await response.arrayBuffer()).toString('utf8');
  return { status: response.status, headers: response.headers, text };
}

/** Reads CSV as RFC 4180 defines it. */
function rowsOf(csv: string): readonly (readonly string[])[] {
  const lines = csv.slice(1).match(/(?:"(?:[^"]|"")*"(?:,|\r\n))+?(?<=\r\n)/g) ?? [];
  expect(lines.join('')).toBe(csv.slice(1));
  return lines.map((line) =>
    [...line.matchAll(/"((?:[^"]|"")*)"/g)].map(([, cell = '']) => cell.replaceAll('""', '"')),
  );
}

describe('an export', () => {
  it('has all rows of the list in the form of a table, in which nothing is a formula', async () => {
    const { status, headers, text } = await download('people.csv');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(headers.get('content-disposition')).toMatch(
      /^attachment; filename="people-\d{4}-\d\d-\d\d\.csv"$/,
    );
    expect(text.startsWith('\uFEFF"id","name"')).toBe(true);
    const [head = [], ...rows] = rowsOf(text);
    expect(rows).toHaveLength(crowd + 2);
    expect(new Set(rows.map(({ length }) => length))).toEqual(new Set([head.length]));
    expect(rows.flat().filter((cell) => /^\s*[=+\-@＝]|^\t/.test(cell))).toEqual([]);
    const names = rows.map((row) => row[1]);
    for (const name of [
      "'=1+1",
      "'+86 10",
      "'-lin",
      "'@lin",
      "'＝1",
      "'\tlin",
      'a "quoted", name',
      '王小明 99',
    ])
      expect(names).toContain(name);
    expect(names).toContain('two\r\nlines');
  });

  it('is valid JSON at any length, and has the rows that the filter of the list has', async () => {
    const { text } = await download('people.json');
    const { list, items } = JSON.parse(text) as { list: string; items: { id: string }[] };
    expect(list).toBe('people');
    expect(new Set(items.map(({ id }) => id)).size).toBe(crowd + 2);
    const none = JSON.parse((await download('people.json?disabled=true')).text);
    expect(none.items).toEqual([]);
    const some = JSON.parse((await download(`people.json?q=${encodeURIComponent('小明 42')}`)).text);
    expect(some.items.map(({ name }: { name: string }) => name)).toContain('王小明 42');
    expect(some.items.length).toBeLessThan(20);
  });

  it('leaves an event with its filters and one with the number of rows, and no search', async () => {
    await download('identities.csv?connection=google&q=ada', undefined, { 'symbolon-reason': 'audit 7' });
    const events = itemsOf(await call('GET', '/events?type=export.*&limit=2'));
    const about = { list: 'identities', format: 'csv' };
    expect(events.map(({ type, detail }) => [type, detail])).toEqual([
      ['export.finished', { ...about, rows: 1, whole: true }],
      ['export.started', { ...about, filter: 'connection=google&q=…', reason: 'audit 7' }],
    ]);
  });

  it('has a long filter too, whose cut in the event is inside a character', async () => {
    const long = 'a'.repeat(128);
    for (const alias of [long, long.slice(1)]) {
      const query = `connection=${long}&connection=${alias}&managed_by=${encodeURIComponent('😀'.repeat(99))}`;
      expect(JSON.parse((await download(`apps.json?${query}`)).text).items).toEqual([]);
    }
  });

  it('of people needs an owner, a sign-in of the last minutes and a reason', async () => {
    const owner = await adminPerson(world, app, { user: 'lin', role: 'owner' });
    const people = '/exports/people.json';
    expect((await owner.call('GET', people)).body).toMatchObject({ errors: [{ path: 'reason' }] });
    const why = { 'symbolon-reason': 'moving house' };
    expect((await owner.call('GET', people, undefined, why)).status).toBe(200);
    world.clock.advance(minutes(6));
    expect((await owner.call('GET', people, undefined, why)).body.code).toBe(
      'insufficient_user_authentication',
    );
    expect((await owner.call('GET', '/exports/events.json')).status).toBe(200);
    world.clock.advance(-minutes(6));
    await world.broker.identities.setRoles(owner.userId, ['operator']);
    expect((await owner.call('GET', people, undefined, why)).body.code).toBe('forbidden');
    await world.broker.identities.setRoles(owner.userId, ['support']);
    expect((await owner.call('GET', '/exports/events.json')).body.code).toBe('forbidden');
  });

  it('of consents has those of the people that the filter of the list of people finds', async () => {
    const theirs = await createApp(world);
    const tokens = await theirs.signIn({
      connection: 'wechat',
      user: 'visitor-1',
      scope: 'openid idp:wechat',
    });
    const user = tokens.claims()?.sub;
    const row = { user, app: theirs.clientId, name: 'Test app' };
    const found = await download('consents.json?connection=wechat');
    expect(JSON.parse(found.text).items).toMatchObject([row]);
    const [head, first] = rowsOf((await download('consents.csv?connection=wechat')).text);
    expect(head).toEqual(['user', 'app', 'name', 'scopes', 'given_at', 'left_out']);
    expect(first?.slice(0, 3)).toEqual(Object.values(row));
    expect(JSON.parse((await download('consents.json?connection=github')).text).items).toEqual([]);
  });

  it('is refused before it begins if its filter or its form is unknown', async () => {
    const before = itemsOf(await call('GET', '/events?type=export.started&limit=200')).length;
    for (const [path, status] of [
      ['people.csv?limit=5', 400],
      ['people.csv?created_since=yesterday', 400],
      ['identities.csv?sort=last_used', 400],
      ['people.xlsx', 404],
      ['tokens.csv', 404],
    ] as const)
      expect([path, (await download(path)).status]).toEqual([path, status]);
    const head = await fetch(`${world.issuer}/admin/v1/exports/people.csv`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${world.adminToken}` },
    });
    expect(head.status).toBe(200);
    expect(itemsOf(await call('GET', '/events?type=export.started&limit=200')).length).toBe(before);
  });

  it('says in its event that it was not taken to the end', async () => {
    const ended = new AbortController();
    const response = await fetch(`${world.issuer}/admin/v1/exports/people.csv`, {
      headers: { authorization: `Bearer ${world.adminToken}` },
      signal: ended.signal,
    });
    await response.body?.getReader().read();
    ended.abort();
    const last = async () => itemsOf(await call('GET', '/events?type=export.finished&limit=1'))[0]?.detail;
    await expect.poll(last).toMatchObject({ list: 'people' });
  });

  it('never has a token or a secret, in any list and format', async () => {
    const texts: Record<string, string> = {};
    for (const list of ['identities', 'people', 'consents', 'events', 'connections', 'apps'])
      for (const format of ['csv', 'json']) {
        const { status, text } = await download(`${list}.${format}`);
        expect([list, status]).toEqual([list, 200]);
        expect(text.length).toBeGreaterThan(100);
        texts[`${list}.${format}`] = text;
      }
    expect(texts['identities.csv']).toContain('ada');
    expectNoSecrets(world.minted(), texts);
  });
});
