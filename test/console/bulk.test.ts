import { beforeAll, describe, expect, it } from 'vitest';
import { minutes } from '../../src/kit/clock.ts';
import { newId } from '../../src/kit/ids.ts';
import { adminClient, itemsOf } from '../admin/client.ts';
import type { Page, Submission } from '../support/browser.ts';
import { expectNoSecrets } from '../support/leaks.ts';
import { createWorld, type World } from '../support/world.ts';
import { type ConsoleVisitor, follow, visitConsole } from './console-visitor.ts';

let world: World;
let owner: ConsoleVisitor;
const ada = { connection: 'google', user: 'ada' };

beforeAll(async () => {
  world = await createWorld({ adminApprovals: true });
  owner = await visitConsole(world, { role: 'owner', user: 'ada' });
});

async function crowd(group: string, number: number): Promise<readonly string[]> {
  const ids = Array.from({ length: number }, () => newId('usr'));
  await world.database.pool.query(
    `INSERT INTO "user" (id, name, created_at) SELECT id, $2 || ' ' || at, now()
       FROM unnest($1::text[]) WITH ORDINALITY AS one (id, at)`,
    [ids, group],
  );
  await world.adopt();
  return ids;
}

const all = (act: string, q: string) =>
  `/console/jobs/new/${act}?${new URLSearchParams({ filter: `?q=${q}&sort=created&zone=UTC`, all: '1' })}`;

/** Sends the form of the main part, which follows the search and the sign-out. */
async function send(visitor: ConsoleVisitor, page: Page, { fields = {}, button }: Submission = {}) {
  const form = page.forms.findIndex(
    ({ action, method }) => method === 'POST' && !action.endsWith('/sign-out'),
  );
  return await visitor.browser.submit(page, { form, fields, ...(button !== undefined && { button }) });
}

async function untilEnded(visitor: ConsoleVisitor, { pathname }: URL): Promise<Page> {
  await expect.poll(async () => (await visitor.open(pathname)).text).toMatch(/ended 20\d\d-/i);
  return await visitor.open(pathname);
}

describe('an act on many rows of a list', () => {
  it('counts first, asks for a reason and the number, and shows what became of each row', async () => {
    const people = await crowd('Harvest', 12);
    const list = await owner.open('/console/people?q=Harvest');
    expect(list.forms.some(({ buttons }) => buttons.some(({ text }) => text === 'Disable…'))).toBe(true);
    const page = await owner.open(all('users.disable', 'Harvest'));
    expect(page.text).toMatch(/Rows\s*12/);
    const wrong = await send(owner, page, { fields: { reason: 'the season is over', count: '11' } });
    expect(wrong.status).toBe(409);
    expect(wrong.text).toContain('there are 12 rows now');
    const begun = await send(owner, wrong, { fields: { reason: 'the season is over', count: '12' } });
    expect(begun.url.pathname).toMatch(/^\/console\/jobs\/job_/);
    const ended = await untilEnded(owner, begun.url);
    expect(ended.text).toContain('12 done, 0 failed, of 12');
    expect(ended.text).toContain('the season is over');
    expect(people.filter((id) => ended.html.includes(`/console/people/${id}`))).toHaveLength(12);
    expect((await owner.open(`${ended.url.pathname}?state=failed`)).text).toContain('Nothing matches');
    expect((await owner.open('/console/jobs')).text).toContain('Disable people');
    const off = await owner.open('/console/people?q=Harvest');
    expect(off.html.match(/badge bad/g)).toHaveLength(12);
  });

  it('is on the ticked rows alone, if no filter is chosen', async () => {
    const [first = '', second = ''] = await crowd('Ticked', 3);
    const page = await owner.open(`/console/jobs/new/users.disable?filter=&id=${first}&id=${second}`);
    expect(page.text).toMatch(/Rows\s*2/);
    const begun = await send(owner, page, { fields: { reason: 'two of three', count: '2' } });
    await untilEnded(owner, begun.url);
    const call = adminClient(world);
    const off = itemsOf(await call('GET', '/users?q=Ticked&disabled=true')).map(({ id }) => id);
    expect(off.toSorted()).toEqual([first, second].toSorted());
    const gone = await owner.open('/console/jobs/new/users.disable?filter=&id=usr_none');
    expect(gone.text).toContain('None of the selected rows');
  });

  it('above a hundred waits for another owner, after a fresh sign-in that keeps the form', async () => {
    await crowd('Throng', 120);
    const path = all('users.disable', 'Throng');
    const page = await owner.open(path);
    world.clock.advance(minutes(6));
    const asked = await send(owner, page, { fields: { reason: 'all of them', count: '120' } });
    expect(asked.url.pathname).toBe('/console/sign-in');
    expect(asked.text).toContain('last five minutes');
    const back = await follow(world, owner.browser, asked, ada);
    expect(back.url.pathname).toBe('/console/kept');
    expect(back.text).toContain('all of them');
    const held = await send(owner, back);
    expect(held.status).toBe(202);
    expect(held.text).toContain('Another owner has to approve this');
    expect(itemsOf(await adminClient(world)('GET', '/users?q=Throng&disabled=true'))).toEqual([]);
    world.clock.advance(-minutes(6));
  });

  it('is no button for support, whose POST is refused', async () => {
    const support = await visitConsole(world, { role: 'support', user: 'sam', connection: 'github' });
    const list = await support.open('/console/people');
    expect(list.html).not.toContain('name="all"');
    expect(list.html).not.toContain('/console/exports/');
    const token = list.forms[1]?.fields.csrf_token ?? '';
    expect(token).not.toBe('');
    const post = async (path: string) =>
      await fetch(world.issuer + path, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie: support.browser.cookies.header(new URL(world.issuer)) ?? '' },
        body: new URLSearchParams({ csrf_token: token, reason: 'x', count: '1', turn: 'cancel' }),
      });
    const [job] = itemsOf(await adminClient(world)('GET', '/jobs'));
    for (const path of [
      `/console/jobs/new/users.enable?id=${owner.userId}`,
      `/console/jobs/${job?.id}`,
      '/console/exports/people.csv',
      '/console/exports/events.json',
    ])
      expect([path, (await post(path)).status]).toEqual([path, 403]);
    expect((await support.open('/console/exports/people.csv')).status).toBe(403);
  });
});

describe('an export', () => {
  it('says what the file holds, asks why, and has the rows of the filter on all pages', async () => {
    await crowd('出口', 60);
    const list = await owner.open(`/console/people?${new URLSearchParams({ q: '出口', limit: '20' })}`);
    const link = list.links.find(({ text }) => text === 'CSV')?.href ?? '';
    expect(link).not.toContain('limit');
    const page = await owner.open(link);
    expect(page.text).toContain('出口');
    const file = await send(owner, page, { fields: { reason: 'a move' } });
    expect(file.headers.get('content-disposition')).toContain('people-');
    expect(file.html.match(/"出口 \d+"/g)).toHaveLength(60);
    expectNoSecrets(world.minted(), { file: file.html });
    const [event] = itemsOf(await adminClient(world)('GET', '/events?type=export.finished&limit=1'));
    expect(event).toMatchObject({
      actor: { kind: 'person', id: owner.userId },
      detail: { list: 'people', rows: 60, whole: true },
    });
  });

  it('of people needs a sign-in of the last minutes, and one of events does not', async () => {
    world.clock.advance(minutes(20));
    const events = await send(owner, await owner.open('/console/exports/events.json?type=login.succeeded'));
    expect(JSON.parse(events.html).items.length).toBeGreaterThan(0);
    const people = await send(owner, await owner.open('/console/exports/people.json'), {
      fields: { reason: 'a move' },
    });
    expect(people.url.pathname).toBe('/console/sign-in');
    world.clock.advance(-minutes(20));
  });
});
