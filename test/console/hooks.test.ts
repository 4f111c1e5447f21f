import { beforeAll, expect, it } from 'vitest';
import { adminClient, type CallAdmin, itemsOf } from '../admin/client.ts';
import { createWorld, type World } from '../support/world.ts';
import { type Receiver, startReceiver } from '../webhooks/receiver.ts';
import { type ConsoleVisitor, visitConsole } from './console-visitor.ts';
import { submitWith, takeStep, tokenOf } from './forms.ts';

let world: World;
let call: CallAdmin;
let owner: ConsoleVisitor;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  world = await createWorld({ allowedPrivateHosts: [receiver.host] });
  call = adminClient(world);
  owner = await visitConsole(world, { role: 'owner', user: 'ada' });
}, 60_000);

const shownSecret = (page: { html: string }) => {
  const secret = /class="copy card"><code>([^<]+)</.exec(page.html)?.[1] ?? '';
  world.remember(secret);
  return secret;
};

it('a webhook is added with a secret that is shown once, tested, sent again, paused and removed', async () => {
  const page = await owner.open('/console/webhooks/new');
  const added = await submitWith(owner, page, 'url', { fields: { url: receiver.url } });
  const secret = shownSecret(added);
  expect(secret).toMatch(/^whsec_/);
  const [hook] = itemsOf(await call('GET', '/webhooks'));
  const path = `/console/webhooks/${hook?.id}`;
  const shown = await owner.open(path);
  expect(shown.html).not.toContain(secret);
  const press = async (button: string) => {
    const current = await owner.open(path);
    const form = current.forms.findIndex(({ buttons }) => buttons.some(({ name }) => name === button));
    return await owner.browser.submit(current, { form, button });
  };
  expect((await press('test')).text).toContain('webhook.test');
  await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBe(1);
  const delivered = async () => (await owner.open(`${path}?state=delivered`)).text;
  await expect.poll(delivered).toContain('webhook.test');
  await press('resend');
  await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBe(2);
  expect(receiver.received.map(({ type }) => type)).toEqual(['webhook.test', 'webhook.test']);
  expect(new Set(receiver.accepted()).size).toBe(1);

  const settings = await owner.open(`${path}?tab=settings`);
  const saved = await submitWith(owner, settings, 'url', { fields: { description: 'Our CRM' } });
  expect(saved.text).toContain('Saved.');
  const rotated = await takeStep(owner, `${path}/rotate`, { reason: 'it leaked' });
  expect(shownSecret(rotated)).toMatch(/^whsec_/);
  await takeStep(owner, `${path}/pause`);
  expect((await call('GET', `/webhooks/${hook?.id}`)).body).toMatchObject({
    enabled: false,
    description: 'Our CRM',
  });
  const gone = await takeStep(owner, `${path}/remove`, { typed: receiver.host, reason: 'no longer used' });
  expect(gone.url.pathname).toBe('/console/webhooks');
  expect((await call('GET', `/webhooks/${hook?.id}`)).status).toBe(404);
});

it('an API is registered, changed with its scopes as lines, gets a secret once, and is removed', async () => {
  const page = await owner.open('/console/apis/new');
  const fields = {
    identifier: 'https://notes.example/api',
    name: 'Notes API',
    scopes: 'notes:read Read your notes',
  };
  const made = await submitWith(owner, page, 'identifier', { fields });
  const path = made.url.pathname;
  const id = path.split('/').at(-1);
  const scope = { name: 'notes:read', description: 'Read your notes' };
  expect((await call('GET', `/apis/${id}`)).body).toMatchObject({ scopes: [scope] });
  const more = 'notes:read Read your notes\nnotes:write Change your notes';
  const saved = await submitWith(owner, made, 'access_token_lifetime', {
    fields: { scopes: more, 'scopes.optional': 'notes:write' },
  });
  expect(saved.text).toContain('Saved.');
  expect((await call('GET', `/apis/${id}`)).body.scopes).toMatchObject([
    { name: 'notes:read', optional: false },
    { name: 'notes:write', optional: true },
  ]);
  const policy = await owner.open(`${path}?tab=policy`);
  const line = { 'line.0.connection': 'google', 'line.0.proxy': 'GET /v1/userinfo' };
  expect((await submitWith(owner, policy, 'line.count', { fields: line })).text).toContain('Saved.');
  expect((await call('GET', `/apis/${id}`)).body.connections).toMatchObject([
    { connection: 'google', handout: true, proxy: [{ methods: ['GET'], path: '/v1/userinfo' }] },
  ]);
  const secret = shownSecret(await takeStep(owner, `${path}/rotate`, { reason: 'it leaked' }));
  expect(secret.length).toBeGreaterThan(20);
  expect((await owner.open(path)).html).not.toContain(secret);
  await takeStep(owner, `${path}/remove`, { typed: 'https://notes.example/api', reason: 'no longer used' });
  expect((await call('GET', `/apis/${id}`)).status).toBe(404);
});

it('support sees names and presses nothing', async () => {
  const { body } = await call('POST', '/webhooks', { url: 'https://hooks.example/secret-path' });
  world.remember(String(body.secret));
  const support = await visitConsole(world, { role: 'support', user: 'sam', connection: 'github' });
  const path = `/console/webhooks/${body.id}`;
  const page = await support.open(path);
  expect([page.status, page.html.includes('secret-path')]).toEqual([200, false]);
  expect((await support.open('/console/webhooks')).status).toBe(200);
  expect((await support.open('/console/apis')).status).toBe(200);
  const cookie = support.browser.cookies.header(new URL(world.issuer)) ?? '';
  const form = new URLSearchParams({ csrf_token: tokenOf(page), test: 'yes' });
  for (const at of [path, `${path}/pause`, `${path}/rotate`, '/console/webhooks/new', '/console/apis/new']) {
    const { status } = await fetch(world.issuer + at, { method: 'POST', headers: { cookie }, body: form });
    expect([at, status]).toEqual([at, 403]);
  }
});
