import { beforeAll, describe, expect, it } from 'vitest';
import { visit } from '../account/visitor.ts';
import { adminClient, itemsOf } from '../admin/client.ts';
import { createApp } from '../support/app.ts';
import type { Page } from '../support/browser.ts';
import { expectNoSecrets } from '../support/leaks.ts';
import { createWorld, type World } from '../support/world.ts';
import { type ConsoleVisitor, visitConsole } from './console-visitor.ts';

let world: World;
let owner: ConsoleVisitor;
let lin: string;
let client: string;

beforeAll(async () => {
  world = await createWorld({ providers: ['slack', 'slack-workspace'] });
  owner = await visitConsole(world, { role: 'owner', user: 'ada' });
  const app = await createApp(world);
  client = app.clientId;
  const tokens = await app.signIn({ connection: 'wechat', user: 'lin', scope: 'openid idp:wechat' });
  lin = tokens.claims()?.sub ?? '';
  await visit(world, { connection: 'wechat', user: 'lin' });
});

const send = (page: Page, fields: Readonly<Record<string, string>>) => {
  const path = page.url.pathname + page.url.search;
  return owner.browser.submit(page, { form: page.forms.findIndex(({ action }) => action === path), fields });
};
const person = (rest = '') => `/console/people/${lin}${rest}`;
const lastEvent = async (type: string) =>
  itemsOf(await adminClient(world)('GET', `/events?type=${type}&limit=1`))[0];

describe('people', () => {
  it('are found by connection, state, role and the time of their first sign-in', async () => {
    const shown = async (query: string) => {
      const { html } = await owner.open(`/console/people?${query}`);
      return [owner.userId, lin].map((id) => html.includes(`/console/people/${id}`));
    };
    expect(await shown('')).toEqual([true, true]);
    expect(await shown('connection=wechat')).toEqual([false, true]);
    expect(await shown('role=owner&role=support')).toEqual([true, false]);
    expect(await shown('disabled=true')).toEqual([false, false]);
    expect(await shown('created_until=2020-01-01T00:00:00Z')).toEqual([false, false]);
    expect(await shown('sort=last_login')).toEqual([true, true]);
  });
});

describe('the page of a person', () => {
  it('has the consents, of which one is withdrawn for a reason', async () => {
    const consents = await owner.open(person('?tab=consents'));
    expect(consents.text).toContain('Test app');
    expect(consents.text).toContain('idp:wechat');
    const step = await owner.open(person(`/consents/${client}/withdraw`));
    expect(step.text).toContain('can allow it again');
    const after = await send(step, { reason: 'the app is gone' });
    expect(after.url.search).toBe('?tab=consents');
    expect(after.text).toContain('The person has allowed no app anything');
    expect(await lastEvent('grant.revoked')).toMatchObject({
      user: lin,
      app: client,
      actor: { id: owner.userId },
      detail: { reason: 'the app is gone' },
    });
    expect((await owner.open(person(`/consents/${client}/withdraw`))).status).toBe(404);
  });

  it('has the sessions, of which one ends, or all', async () => {
    const sessions = await owner.open(person('?tab=sessions'));
    const ends = sessions.links.filter(({ text }) => text === 'End…');
    expect(ends.length).toBeGreaterThan(1);
    const after = await send(await owner.open(ends[0]?.href ?? ''), { reason: 'a lost phone' });
    expect(after.links.filter(({ text }) => text === 'End…')).toHaveLength(ends.length - 1);
    await send(await owner.open(person('/sign-out')), { reason: 'all phones are lost' });
    expect((await owner.open(person('?tab=sessions'))).text).toContain('is not signed in anywhere');
    expect(await lastEvent('signed_out')).toMatchObject({
      user: lin,
      detail: { everywhere: true, reason: 'all phones are lost' },
    });
  });

  it('gives out the data as a file without a token', async () => {
    const file = await send(await owner.open(person('/export')), { reason: 'the person asked' });
    expect(file.headers.get('content-disposition')).toContain(`${lin}.json`);
    expect(JSON.parse(file.html)).toMatchObject({ format: 'symbolon-personal-data/1' });
    expectNoSecrets(world.minted(), { file: file.html });
    expect(await lastEvent('person.exported')).toMatchObject({ detail: { reason: 'the person asked' } });
  });

  it('merges another person into this one after the name is typed', async () => {
    expect((await owner.open(person('/merge'))).text).toContain('there is nothing to merge');
    const { userId: one } = await visit(world, { connection: 'slack', user: 'visitor-1' });
    const { userId: other } = await visit(world, { connection: 'slack-workspace', user: 'visitor-2' });
    const { sharedId } = world.database.prisma;
    const { value } = await sharedId.findFirstOrThrow({ where: { identity: { userId: one } } });
    await sharedId.updateMany({ where: { identity: { userId: other } }, data: { value } });
    await world.adopt();
    const { name } = (await adminClient(world)('GET', `/users/${one}`)).body;
    const step = await owner.open(`/console/people/${one}/merge`);
    const wrong = await send(step, { from: other, reason: 'one person', typed: 'no name' });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain('Nothing was changed');
    const after = await send(step, { from: other, reason: 'one person', typed: String(name) });
    expect(after.url.pathname).toBe(`/console/people/${one}`);
    expect(after.text).toContain('Slack');
    expect((await owner.open(`/console/people/${other}`)).status).toBe(404);
  });

  it('erases the person after the name is typed, and shows where the person can follow it', async () => {
    const { name } = (await adminClient(world)('GET', `/users/${lin}`)).body;
    const after = await send(await owner.open(person('/erase')), {
      reason: 'the person asked',
      typed: String(name),
    });
    expect(after.text).toContain(`${world.issuer}/account/erased/`);
    expect((await owner.open(person())).status).toBe(404);
    expect(await lastEvent('user.deleted')).toMatchObject({ detail: { reason: 'the person asked' } });
  });

  it('has no acts for an auditor, whose POST is refused', async () => {
    const auditor = await visitConsole(world, { role: 'auditor', user: 'visitor-3', connection: 'google' });
    for (const tab of ['', 'consents', 'sessions']) {
      const { links } = await auditor.open(`/console/people/${owner.userId}?tab=${tab}`);
      expect(links.filter(({ href }) => /(withdraw|end|sign-out|export|merge|erase)$/.test(href))).toEqual(
        [],
      );
    }
    const { forms } = await auditor.open('/console');
    const token = forms.find(({ action }) => action === '/console/sign-out')?.fields.csrf_token ?? '';
    for (const step of [
      'sign-out',
      'export',
      'merge',
      'erase',
      `sessions/x/end`,
      `consents/${client}/withdraw`,
    ]) {
      const { status } = await fetch(`${world.issuer}/console/people/${owner.userId}/${step}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie: auditor.browser.cookies.header(new URL(world.issuer)) ?? '' },
        body: new URLSearchParams({ csrf_token: token, reason: 'x', typed: 'x', from: 'x' }),
      });
      expect([step, status]).toEqual([step, 403]);
    }
  });
});
