import { beforeAll, describe, expect, it } from 'vitest';
import { visit } from '../account/visitor.ts';
import { adminClient, itemsOf } from '../admin/client.ts';
import type { Page } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { type ConsoleVisitor, visitConsole } from './console-visitor.ts';

let world: World;
let owner: ConsoleVisitor;

beforeAll(async () => {
  world = await createWorld({ adminApprovals: true });
  owner = await visitConsole(world, { role: 'owner', user: 'ada' });
});

async function send(
  visitor: ConsoleVisitor,
  page: Page,
  fields: Record<string, string> = {},
  button?: string,
) {
  const form = page.forms.findIndex(
    ({ action, method }) => method === 'POST' && !action.endsWith('/sign-out'),
  );
  return await visitor.browser.submit(page, { form, fields, ...(button !== undefined && { button }) });
}
const second = () => visitConsole(world, { role: 'owner', user: 'sam', connection: 'github' });

describe('a change that waits for a second owner', () => {
  it('is rotated keys that the other owner approves on a page', async () => {
    const before = await owner.open('/console/keys');
    const [signing] = /key_\w+/.exec(before.html) ?? [];
    expect(signing).toBeDefined();
    expect(before.text).toMatch(/\d+ of \d+ values have the current key/);
    const step = await owner.open('/console/keys/rotate');
    const held = await send(owner, step, { reason: 'a laptop was lost', compromised: 'yes' });
    expect(held.status).toBe(202);
    const mine = await owner.open(held.links.find(({ href }) => href.includes('/approvals/'))?.href ?? '');
    expect(mine.text).toContain('a laptop was lost');
    expect(mine.html).not.toContain('value="approve"');

    const sam = await second();
    const admins = await sam.open('/console/admins');
    expect(admins.text).toContain('wait for a second owner');
    const change = await sam.open(admins.links.find(({ text }) => text === 'Look…')?.href ?? '');
    expect(change.text).toContain('POST /keys/signing/rotate');
    const approved = await send(sam, change, {}, 'approve');
    expect(approved.text).toContain('approved');
    const [event] = itemsOf(await adminClient(world)('GET', '/events?type=keys.signing_rotated'));
    expect(event).toMatchObject({
      actor: { id: owner.userId },
      detail: { compromised: true, reason: 'a laptop was lost' },
    });
    const after = await owner.open('/console/keys');
    expect(after.status).toBe(200);
  });

  it('is an invitation, whose link its author collects once', async () => {
    const sam = await second();
    const held = await send(owner, await owner.open('/console/admins/invite'), {
      role: 'auditor',
      reason: 'the yearly audit',
    });
    expect(held.status).toBe(202);
    const path = held.links.find(({ href }) => href.includes('/approvals/'))?.href ?? '';
    await send(sam, await sam.open(path), {}, 'approve');
    const collected = await send(owner, await owner.open(path), {}, 'collect');
    expect(collected.text).toContain(`${world.issuer}/console/join/`);
    world.remember(/join\/(\w+)/.exec(collected.text)?.[1]);
    expect((await send(owner, await owner.open(path), {}, 'collect')).status).toBe(409);
  });

  it('can be refused, and is then not made', async () => {
    const sam = await second();
    const path = `/console/admins/${sam.userId}/role`;
    const held = await send(owner, await owner.open(path), { role: 'support', reason: 'on leave' });
    const change = held.links.find(({ href }) => href.includes('/approvals/'))?.href ?? '';
    await send(sam, await sam.open(change), {}, 'refuse');
    expect((await owner.open(change)).text).toContain('refused');
    const admins = await owner.open('/console/admins');
    expect(admins.html.match(/>owner</g)?.length).toBeGreaterThan(1);
  });
});

describe('the settings', () => {
  it('of the looks are saved with the version, and a stale form gets both values', async () => {
    const page = await owner.open('/console/settings');
    expect(page.text).toContain('for ever');
    expect(page.text).toContain('needed');
    const saved = await send(owner, page, {
      'name.en': 'Orchard',
      'name.zh': '果园',
      'legal.terms': 'https://orchard.example/terms',
      'agreement.version': '2026-11',
      'agreement.url': 'https://orchard.example/agreement',
    });
    expect(saved.text).toContain('Saved.');
    const call = adminClient(world);
    const { body } = await call('GET', '/branding');
    expect(body).toMatchObject({
      name: { en: 'Orchard', zh: '果园' },
      legal: {
        terms: 'https://orchard.example/terms',
        agreement: { version: '2026-11', url: 'https://orchard.example/agreement' },
      },
    });
    const stale = await owner.open('/console/settings');
    const { version: _version, ...looks } = body;
    await call('PUT', '/branding', { ...looks, name: { en: 'Garden' } });
    const conflict = await send(owner, stale, { 'name.en': 'Meadow' });
    expect(conflict.status).toBe(409);
    expect(conflict.text).toContain('Garden');
    expect(conflict.text).toContain('Meadow');
    const fault = await send(owner, await owner.open('/console/settings'), { accent: '#ffffff' });
    expect(fault.status).toBe(422);
    await call('PUT', '/branding', {});
  });
});

describe('departures', () => {
  it('are found by state, with tries and the last error', async () => {
    const visitor = await visit(world, { connection: 'google', user: 'lin' });
    const call = adminClient(world);
    const [identity] = itemsOf(await call('GET', `/users/${visitor.userId}/identities`));
    await call('DELETE', `/users/${visitor.userId}/identities/${identity?.id}`);
    const ended = await owner.open('/console/leaving?state=revoked&connection=google');
    const pending = await owner.open('/console/leaving?state=pending');
    expect(ended.text + pending.text).toContain('google');
    expect((await owner.open('/console/leaving?state=gave_up')).text).toContain('Nothing matches');
  });
});

it('an operator reads keys and admins, and changes none; support sees neither', async () => {
  const operator = await visitConsole(world, { role: 'operator', user: 'visitor-1' });
  for (const path of ['/console/keys', '/console/admins', '/console/settings']) {
    const { status, links } = await operator.open(path);
    expect([path, status]).toEqual([path, 200]);
    expect(links.filter(({ href }) => /\/(rotate|invite|role|remove)$/.test(href))).toEqual([]);
  }
  const paths = [
    '/console/keys/rotate',
    '/console/admins/invite',
    `/console/admins/${owner.userId}/role`,
    `/console/admins/${owner.userId}/remove`,
  ];
  const { forms } = await operator.open('/console');
  const token = forms.find(({ action }) => action === '/console/sign-out')?.fields.csrf_token ?? '';
  for (const path of paths) {
    const { status } = await fetch(world.issuer + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: operator.browser.cookies.header(new URL(world.issuer)) ?? '' },
      body: new URLSearchParams({ csrf_token: token, reason: 'x', role: 'owner' }),
    });
    expect([path, status]).toEqual([path, 403]);
  }
  const support = await visitConsole(world, { role: 'support', user: 'visitor-2' });
  const { links } = await support.open('/console');
  expect(links.filter(({ href }) => /(keys|admins|settings)$/.test(href))).toEqual([]);
  expect((await support.open('/console/keys')).status).toBe(403);
});
