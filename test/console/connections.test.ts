import { beforeAll, describe, expect, it } from 'vitest';
import { type AdminAnswer, adminClient, type CallAdmin } from '../admin/client.ts';
import type { Page } from '../support/browser.ts';
import { png } from '../support/pictures.ts';
import { createWorld, type World } from '../support/world.ts';
import { type ConsoleVisitor, visitConsole } from './console-visitor.ts';
import { submitWith } from './forms.ts';

let world: World;
let call: CallAdmin;
let owner: ConsoleVisitor;
let operator: ConsoleVisitor;
const secret = 'the-first-secret-of-work';

beforeAll(async () => {
  world = await createWorld();
  world.remember(secret);
  call = adminClient(world);
  owner = await visitConsole(world, { role: 'owner', user: 'ada' });
  operator = await visitConsole(world, { role: 'operator', user: 'lin' });
}, 60_000);

async function newConnection(alias: string, more: object = {}, headers = {}): Promise<AdminAnswer> {
  const body = { alias, provider: 'github', client_id: 'one', client_secret: secret, ...more };
  return await call('POST', '/connections', body, headers);
}

const tokenOf = ({ forms }: Page) =>
  forms.flatMap(({ entries }) => entries).find(([name]) => name === 'csrf_token')?.[1] ?? '';
const settings = (alias: string) => `/console/connections/${alias}?tab=settings`;
const read = async (alias: string) => (await call('GET', `/connections/${alias}`)).body;

describe('the list of connections', () => {
  it('names each, finds by name and alias, and moves one up without a script', async () => {
    await newConnection('first-work', { display_name: { en: 'Our GitHub' } });
    await newConnection('second-work');
    const page = await owner.open('/console/connections?q=work');
    const former = await owner.open('/console/connections?q=work');
    expect(page.text).toContain('Our GitHub');
    expect(page.links.map(({ href }) => href)).not.toContain('/console/connections/wechat');
    const before = (await call('GET', '/connections/order')).body.connections as string[];
    const last = page.forms.findIndex(({ entries }) => entries.some(([, value]) => value === 'second-work'));
    await owner.browser.submit(page, { form: last, button: 'up' });
    const after = (await call('GET', '/connections/order')).body.connections as string[];
    expect(after.indexOf('second-work')).toBe(before.indexOf('second-work') - 1);
    // The page of before knows an order that is no more.
    const late = await owner.browser.submit(former, { form: last, button: 'up' });
    expect(late.status).toBe(409);
  });

  it('moves the place of one that a tool keeps only after the words are typed', async () => {
    await newConnection('kept-by-tool');
    const kept = { 'symbolon-managed-by': 'terraform/prod' };
    await call('PATCH', '/connections/kept-by-tool', { hidden: false }, kept);
    const orderOf = async () => (await call('GET', '/connections/order')).body.connections as string[];
    const before = (await orderOf()).indexOf('kept-by-tool');
    const page = await owner.open('/console/connections?q=kept-by-tool');
    const form = page.forms.findIndex(({ entries }) => entries.some(([name]) => name === 'alias'));
    const asked = await owner.browser.submit(page, { form, button: 'up' });
    expect([asked.status, asked.text]).toEqual([409, expect.stringContaining('terraform/prod keeps')]);
    expect((await orderOf()).indexOf('kept-by-tool')).toBe(before);
    await submitWith(owner, asked, 'anyway', { fields: { anyway: 'change anyway' } });
    expect((await orderOf()).indexOf('kept-by-tool')).toBe(before - 1);
  });

  it('checks all that are enabled', async () => {
    const page = await owner.open('/console/connections');
    const form = page.forms.findIndex(({ action }) => action === '/console/connections/check');
    const checked = await owner.browser.submit(page, { form });
    expect([checked.status, checked.text]).toEqual([200, expect.stringContaining('first-work')]);
  });
});

it('a new connection begins with the provider, and goes on at its own page', async () => {
  const found = await owner.open('/console/connections/new?q=gitl');
  expect(found.links.some(({ href }) => href.endsWith('?provider=gitlab'))).toBe(true);
  const page = await owner.open('/console/connections/new?provider=github');
  expect(page.text).toContain(`${world.issuer}/connections/github-2/callback`);
  const form = page.forms.findIndex(({ entries }) => entries.some(([name]) => name === 'alias'));
  const refused = await owner.browser.submit(page, { form, fields: { alias: 'Not so', client_id: 'x' } });
  expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('alias')]);
  const fields = { alias: 'made-here', client_id: 'x', 'secret.client_secret': secret };
  const made = await owner.browser.submit(refused, { form, fields });
  expect(made.url.pathname).toBe('/console/connections/made-here');
  expect(await read('made-here')).toMatchObject({ provider: 'github', has_client_secret: true });
});

describe('the page of a connection', () => {
  it('shows the addresses to register, saves the secret, and never shows it', async () => {
    await newConnection('steps');
    const page = await owner.open('/console/connections/steps');
    expect(page.text).toContain(`${world.issuer}/connections/steps/callback`);
    const form = page.forms.findIndex(({ entries }) => entries.some(([name]) => name === 'client_id'));
    world.remember('another-secret-of-steps');
    const fields = { client_id: 'two', 'secret.client_secret': 'another-secret-of-steps' };
    const saved = await owner.browser.submit(page, { form, fields });
    expect(saved.text).toContain('Saved.');
    expect(saved.html).not.toContain('another-secret-of-steps');
    expect(await read('steps')).toMatchObject({ client_id: 'two', version: 2 });
  });

  it('says which field was at fault, and keeps what was entered', async () => {
    await newConnection('faulty');
    const page = await owner.open(settings('faulty'));
    const form = page.forms.findIndex(({ entries }) => entries.some(([name]) => name === 'position'));
    const fields = { position: '99999', 'display_name.en': 'Kept' };
    const refused = await owner.browser.submit(page, { form, fields });
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('Nothing was saved')]);
    expect(refused.html).toContain('value="Kept"');
    expect(refused.html).toContain('aria-invalid="true"');
  });

  it('two admins save the same connection: the second gets both values, and goes on', async () => {
    await newConnection('shared', { display_name: { en: 'Old' } });
    const mine = await owner.open(settings('shared'));
    const theirs = await operator.open(settings('shared'));
    const form = mine.forms.findIndex(({ entries }) => entries.some(([name]) => name === 'position'));
    await operator.browser.submit(theirs, {
      form,
      fields: { 'display_name.en': 'Theirs', scopes: 'read:user' },
    });
    const stale = await owner.browser.submit(mine, {
      form,
      fields: { 'display_name.en': 'Mine', hidden: 'yes' },
    });
    expect(stale.status).toBe(409);
    expect(stale.text).toContain('Mine');
    expect(stale.text).toContain('Theirs');
    expect(stale.text).not.toContain('read:user');
    expect(await read('shared')).toMatchObject({ display_name: { en: 'Theirs' }, version: 2 });
    const picked = stale.forms.findIndex(({ entries }) => entries.some(([name]) => name === 'picked'));
    const saved = await owner.browser.submit(stale, { form: picked });
    expect(saved.text).toContain('Saved.');
    expect(await read('shared')).toMatchObject({
      display_name: { en: 'Mine' },
      hidden: true,
      scopes: ['read:user'],
      version: 3,
    });
  });

  it('asks for the typed words before it changes what a tool keeps', async () => {
    await newConnection('kept', {}, { 'symbolon-managed-by': 'terraform/prod' });
    const page = await owner.open(settings('kept'));
    expect(page.text).toContain('terraform/prod');
    const form = page.forms.findIndex(({ entries }) => entries.some(([name]) => name === 'position'));
    const refused = await owner.browser.submit(page, { form, fields: { position: '3', anyway: 'yes' } });
    expect(refused.status).toBe(409);
    const fields = { position: '3', anyway: 'change anyway' };
    const saved = await owner.browser.submit(page, { form, fields });
    expect(saved.text).toContain('Saved.');
    expect(await read('kept')).toMatchObject({ position: 3, managed_by: 'terraform/prod' });
  });

  it('moves addresses to another host only with the secret, a reason and a fresh sign-in', async () => {
    await newConnection('moving');
    const path = '/console/connections/moving?tab=endpoints';
    const page = await owner.open(path);
    const form = page.forms.findIndex(({ entries }) => entries.some(([name]) => name === 'endpoints.token'));
    const fields = { 'endpoints.token': 'https://github.example/token', reason: 'a server of our own' };
    const refused = await owner.browser.submit(page, { form, fields });
    expect(refused.text).toContain('client_secret');
    const proven = { ...fields, 'secret.client_secret': secret };
    world.clock.advance(6 * 60_000);
    const old = await owner.browser.submit(page, { form, fields: proven });
    expect(old.url.pathname).toBe('/console/sign-in');
    world.clock.advance(-6 * 60_000);
    const moved = await owner.browser.submit(page, { form, fields: proven });
    expect(moved.text).toContain('Saved.');
    const { items } = (await call('GET', '/events?type=connection.origin_changed')).body as {
      items: { detail: object }[];
    };
    expect(items[0]?.detail).toMatchObject({ reason: 'a server of our own', to: ['github.example'] });
  });

  it('takes a logo as a file', async () => {
    await newConnection('pictured');
    const page = await owner.open(settings('pictured'));
    const token = tokenOf(page);
    const body = new FormData();
    body.set('csrf_token', token);
    body.set('seen', '{}');
    body.set('for', 'login');
    const [, text = ''] = png(32).split(',');
    body.set('logo', new Blob([Buffer.from(text, 'base64')], { type: 'image/png' }), 'logo.png');
    const cookie = owner.browser.cookies.header(new URL(world.issuer)) ?? '';
    const post = { method: 'POST', redirect: 'manual', headers: { cookie }, body } as const;
    const response = await fetch(world.issuer + settings('pictured'), post);
    expect(response.status).toBe(303);
    expect(await read('pictured')).toMatchObject({ has_logo: true });
    expect((await fetch(`${world.issuer}/connections/pictured/logo`)).headers.get('content-type')).toBe(
      'image/png',
    );
  });

  it('shows that agents have an OpenAPI document of it', async () => {
    await newConnection('described');
    const shown = async () => (await owner.open('/console/connections?q=described')).text;
    expect(await shown()).not.toContain('OpenAPI for agents');
    await call('PATCH', '/connections/described', { api_description: '{"openapi":"3.1.0","paths":{}}' });
    expect(await shown()).toContain('OpenAPI for agents');
  });

  it('serves a file by which the provider verifies the domain', async () => {
    await newConnection('verified');
    const page = await owner.open('/console/connections/verified?tab=files');
    const form = page.forms.findIndex(({ entries }) => entries.some(([name]) => name === 'content'));
    const name = 'MP_verify_abcdEFGH12345678.txt';
    const wrong = await owner.browser.submit(page, { form, fields: { name: 'index.html', content: 'x' } });
    expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining('MP_verify')]);
    const saved = await owner.browser.submit(page, { form, fields: { name, content: 'abcdEFGH12345678' } });
    expect(saved.text).toContain(`${world.issuer}/${name}`);
    expect(await (await fetch(`${world.issuer}/${name}`)).text()).toBe('abcdEFGH12345678');
    const remove = saved.forms.findIndex(({ buttons }) => buttons.some(({ value }) => value === name));
    await owner.browser.submit(saved, { form: remove });
    expect((await fetch(`${world.issuer}/${name}`)).status).toBe(404);
  });

  it('is removed only when it is off, by its typed alias, after the counts', async () => {
    await newConnection('leaving');
    expect((await owner.open('/console/connections/leaving/remove')).status).toBe(409);
    const off = await owner.open('/console/connections/leaving/disable');
    const at = (page: typeof off) => page.forms.findIndex(({ action }) => action.includes('/leaving/'));
    await owner.browser.submit(off, { form: at(off) });
    const remove = await owner.open('/console/connections/leaving/remove');
    expect(remove.text).toContain('0 linked accounts');
    const wrong = await owner.browser.submit(remove, {
      form: at(remove),
      fields: { typed: 'leavin', reason: 'no longer used' },
    });
    expect(wrong.status).toBe(400);
    await owner.browser.submit(remove, {
      form: at(remove),
      fields: { typed: 'leaving', reason: 'no longer used' },
    });
    expect((await call('GET', '/connections/leaving')).status).toBe(404);
  });
});

it('support sees names and no buttons, and its POST is 403', async () => {
  await newConnection('seen', { display_name: { en: 'Not for support' } });
  const support = await visitConsole(world, { role: 'support', user: 'sam', connection: 'github' });
  const list = await support.open('/console/connections');
  expect(list.text).toContain('seen');
  expect(list.text).not.toContain('Not for support');
  const page = await support.open('/console/connections/seen');
  expect(page.status).toBe(200);
  expect(page.html).not.toContain(`${world.issuer}/connections/seen/callback`);
  const posts = [...list.forms, ...page.forms].filter(({ method }) => method === 'POST');
  expect(posts.map(({ action }) => action)).toEqual(['/console/sign-out', '/console/sign-out']);
  const token = tokenOf(page);
  const cookie = support.browser.cookies.header(new URL(world.issuer)) ?? '';
  for (const path of [
    '/console/connections',
    '/console/connections/check',
    '/console/connections/seen?tab=settings',
    '/console/connections/seen/disable',
  ]) {
    const body = new URLSearchParams({
      csrf_token: token,
      alias: 'seen',
      move: 'down',
      version: 'x',
      'display_name.en': 'x',
    });
    const response = await fetch(world.issuer + path, { method: 'POST', headers: { cookie }, body });
    expect([path, response.status]).toEqual([path, 403]);
  }
});
