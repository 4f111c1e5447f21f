import type { Request } from 'express';
import { beforeAll, describe, expect, it } from 'vitest';
import { permissions, type Role } from '../../src/admin/roles.ts';
import { pages } from '../../src/console/pages.ts';
import { createPresses } from '../../src/console/presses.ts';
import { adminClient, type CallAdmin, itemsOf } from '../admin/client.ts';
import { type ConsoleVisitor, visitConsole } from './console-visitor.ts';
import { tokenOf } from './forms.ts';
import { createStage, giveRole, type Stage } from './stage.ts';

// Forms of other sites, of other sessions and of people without the role; ids of other people; and a form that is sent twice.

let stage: Stage;
let owner: ConsoleVisitor;
let call: CallAdmin;
let known: Readonly<Record<string, string>>;

beforeAll(async () => {
  stage = await createStage();
  owner = await visitConsole(stage.world, { role: 'owner', user: 'ada' });
  call = adminClient(stage.world);
  const app = itemsOf(await call('GET', '/apps')).find(({ name }) => name === 'Test app');
  const [session] = itemsOf(await call('GET', `/users/${stage.people.lin}/sessions`));
  known = {
    user: stage.people.lin,
    identity: stage.ended,
    session: String(session?.id),
    app: String(app?.client_id),
    connection: 'github',
    act: 'users.disable',
    file: 'people.csv',
  };
});

const posts = pages.filter(({ act }) => act);
const pathOf = (page: { readonly path: string }, values = known) =>
  `/console${page.path.replace(/:(\w+)/g, (_, name: string) => values[name] ?? 'none')}`;
const said = { reason: 'an attack', count: '1', typed: 'x', turn: 'cancel', role: 'owner' };

interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly fields?: Readonly<Record<string, string>>;
}

async function post({ browser }: ConsoleVisitor, path: string, { headers = {}, fields = {} }: Sent = {}) {
  const cookie = browser.cookies.header(new URL(stage.world.issuer)) ?? '';
  const body = new URLSearchParams(fields);
  const address = stage.world.issuer + path;
  return await fetch(address, { method: 'POST', redirect: 'manual', headers: { cookie, ...headers }, body });
}

/** Returns the types of what a person has done, views and exports left out. */
async function acts({ userId }: ConsoleVisitor): Promise<unknown[]> {
  const events = itemsOf(await call('GET', `/events?actor=${userId}&limit=200`));
  return events.map(({ type }) => type).filter((type) => !/^(login|person|export)\./.test(String(type)));
}

describe('each form of the console', () => {
  it('does nothing for another site, and nothing without the token of this session', async () => {
    const csrf_token = tokenOf(await owner.open('/console'));
    const other = await visitConsole(stage.world, { role: 'owner', user: 'ada' });
    const before = await acts(owner);
    const fields = { ...said, csrf_token };
    const refused: readonly Sent[] = [
      { headers: { 'sec-fetch-site': 'cross-site' }, fields },
      { headers: { origin: 'https://evil.example' }, fields },
      { fields: said },
      { fields: { ...said, csrf_token: tokenOf(await other.open('/console')) } },
    ];
    // Other sites are refused before any page is chosen.
    for (const [index, page] of posts.entries())
      for (const sent of index < 3 ? refused : refused.slice(-1))
        expect([page.path, (await post(owner, pathOf(page), sent)).status]).toEqual([page.path, 403]);
    expect(await acts(owner)).toEqual(before);
  });

  it.each<Role>(['support', 'auditor'])('does nothing for %s that the role may not do', async (role) => {
    const visitor = await visitConsole(stage.world, { role, user: 'sam', connection: 'github' });
    const csrf_token = tokenOf(await visitor.open('/console'));
    const before = await acts(visitor);
    for (const page of posts) {
      const may = (permissions[page.needsToAct ?? page.needs] as readonly Role[]).includes(role);
      // What the role may do at all is tried on a person who is not there.
      const path = pathOf(page, may ? { ...known, user: 'usr_of_nobody' } : known);
      const { status } = await post(visitor, path, { fields: { ...said, csrf_token } });
      expect([page.path, status]).toEqual([page.path, may ? expect.toBeOneOf([400, 403, 404, 422]) : 403]);
    }
    expect(await acts(visitor)).toEqual(before);
    await giveRole(stage, 'sam', 'operator');
    for (const file of ['people.csv', 'people.json', 'identities.csv', 'consents.csv'])
      expect(
        (await post(visitor, `/console/exports/${file}`, { fields: { ...said, csrf_token } })).status,
      ).toBe(403);
  });

  it('does nothing for a person who has lost the role, or is disabled, meanwhile', async () => {
    const visitor = await visitConsole(stage.world, { role: 'operator', user: 'sam', connection: 'github' });
    const fields = { ...said, csrf_token: tokenOf(await visitor.open('/console')) };
    const path = `/console/people/${stage.people.lin}/disable`;
    await stage.world.broker.identities.setRoles(visitor.userId, []);
    expect(await (await post(visitor, path, { fields })).text()).toContain('no role');
    await giveRole(stage, 'sam', 'operator');
    await call('PATCH', `/users/${visitor.userId}`, { disabled: true });
    expect((await post(visitor, path, { fields })).status).toBe(303);
    await call('PATCH', `/users/${visitor.userId}`, { disabled: false });
    expect((await call('GET', `/users/${stage.people.lin}`)).body.disabled).toBe(false);
  });

  it('acts on nothing of another person than the one in its address', async () => {
    const fields = { ...said, csrf_token: tokenOf(await owner.open('/console')) };
    const person = `/console/people/${stage.people.sam}`;
    const account = `${person}/identities/${known.identity}`;
    for (const path of [
      ...[account, `${account}/ask`, `${account}/end`, `${account}/unlink`],
      `${person}/sessions/${known.session}/end`,
      `${person}/consents/${known.app}/withdraw`,
    ])
      expect([path, (await post(owner, path, { fields })).status]).toEqual([path, 404]);
    const sessions = itemsOf(await call('GET', `/users/${stage.people.lin}/sessions`));
    expect(sessions.map(({ id }) => id)).toContain(known.session);
  });
});

describe('a form that is sent twice', () => {
  it('begins one job, and the second answer is the first', async () => {
    const path = `/console/jobs/new/users.enable?id=${stage.people.lin}`;
    const page = await owner.open(path);
    const form = page.forms.find(({ action }) => action === path);
    const fields = Object.fromEntries(form?.entries ?? []);
    const answers = await Promise.all([post(owner, path, { fields }), post(owner, path, { fields })]);
    const [first, second] = answers.map(({ headers }) => headers.get('location'));
    expect(first).toContain('/console/jobs/job_');
    expect(second).toBe(first);
    expect(itemsOf(await call('GET', '/jobs'))).toHaveLength(1);
  });

  it('as a reload of the answer replaces no secret again', async () => {
    const path = `/console/apps/${known.app}/rotate`;
    const page = await owner.open(path);
    const form = page.forms.find(({ action }) => action === path);
    const fields = { ...Object.fromEntries(form?.entries ?? []), reason: 'a leak' };
    const first = await post(owner, path, { fields });
    expect(first.status).toBe(200);
    stage.world.remember(/<code[^>]*>([\w-]{40,})</.exec(await first.text())?.[1]);
    for (const minutes of [1, 24]) {
      stage.world.clock.advance(minutes * 60_000);
      const again = await post(owner, path, { fields });
      expect([again.status, await again.text()]).toEqual([409, expect.stringContaining('sent already')]);
    }
    stage.world.clock.advance(-25 * 60_000);
    const events = itemsOf(await call('GET', `/events?type=app.secret_rotated&app=${known.app}`));
    expect(events).toHaveLength(1);
  });

  it('is remembered among a bounded number of forms', async () => {
    const presses = createPresses(stage.world.clock, 2);
    let acts = 0;
    const send = (press: string) =>
      presses.once({ sessionID: 's', originalUrl: '/', body: { press } } as Request, async () => {
        acts += 1;
        return '/';
      });
    for (const press of ['a', 'b', 'b', 'c', 'b', 'a']) await send(press);
    expect(acts).toBe(4);
  });
});
