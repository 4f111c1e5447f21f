import { beforeAll, describe, expect, it } from 'vitest';
import { adminClient, type CallAdmin } from '../admin/client.ts';
import { faultsOnPage } from '../support/chinese.ts';
import { createWorld, type World } from '../support/world.ts';
import { type ConsoleVisitor, visitConsole } from './console-visitor.ts';
import { submitWith, takeStep, tokenOf } from './forms.ts';

let world: World;
let call: CallAdmin;
let owner: ConsoleVisitor;
let made = 0;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
  owner = await visitConsole(world, { role: 'owner', user: 'ada' });
}, 60_000);

async function newApp(more: object = {}): Promise<{ id: string; name: string; path: string }> {
  const name = `App ${++made}`;
  const redirect_uris = ['https://app.example/callback'];
  const { body } = await call('POST', '/apps', { name, redirect_uris, ...more });
  world.remember(String(body.client_secret));
  const id = String(body.client_id);
  return { id, name, path: `/console/apps/${id}` };
}

const read = async (id: string) => (await call('GET', `/apps/${id}`)).body;

describe('an app', () => {
  it('is registered with a secret that is shown once', async () => {
    const page = await owner.open('/console/apps/new');
    const fields = { name: 'Notes', redirect_uris: 'https://notes.example/cb', type: 'web' };
    const created = await submitWith(owner, page, 'name', { fields });
    const id = /app_\w+/.exec(created.text)?.[0] ?? '';
    const secret = /class="copy card"><code>([^<]+)</.exec(created.html)?.[1] ?? '';
    world.remember(secret);
    expect(secret.length).toBeGreaterThan(20);
    expect(await read(id)).toMatchObject({ name: 'Notes', type: 'web' });
    for (const tab of ['', '?tab=policy', '?tab=events'])
      expect((await owner.open(`/console/apps/${id}${tab}`)).html).not.toContain(secret);
  });

  it('gets a policy row by row, without a script', async () => {
    const { id, path } = await newApp();
    const page = await owner.open(`${path}?tab=policy`);
    const first = {
      'line.0.connection': 'google',
      'line.0.scopes': 'calendar.readonly',
      'line.0.proxy': 'GET,HEAD /calendar/**',
      'line.0.consent': 'unticked',
      'line.0.requests': '10',
      'line.0.seconds': '60',
    };
    const saved = await submitWith(owner, page, 'line.count', { fields: first });
    expect(saved.text).toContain('Saved.');
    const line = {
      connection: 'google',
      scopes: ['calendar.readonly'],
      background: false,
      consent: 'unticked',
      handout: true,
      proxy: [{ methods: ['GET', 'HEAD'], path: '/calendar/**' }],
      rate: { requests: 10, seconds: 60 },
    };
    expect(await read(id)).toMatchObject({ connections: [line] });
    const again = await submitWith(owner, saved, 'line.count', {
      fields: { 'line.0.remove': 'yes', 'line.1.connection': 'github' },
    });
    expect(again.text).toContain('Saved.');
    expect((await read(id)).connections).toMatchObject([{ connection: 'github' }]);
  });

  it('gets access while people are away only with a reason and a fresh sign-in', async () => {
    const { id, path } = await newApp();
    const page = await owner.open(`${path}?tab=policy`);
    const fields = { 'line.0.connection': 'google', 'line.0.background': 'yes' };
    const refused = await submitWith(owner, page, 'line.count', { fields });
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('reason')]);
    const saved = await submitWith(owner, refused, 'line.count', {
      fields: { ...fields, reason: 'nightly sync' },
    });
    expect(saved.text).toContain('Saved.');
    const { items } = (await call('GET', `/events?type=app.changed&app=${id}`)).body as {
      items: { detail: object }[];
    };
    expect(items[0]?.detail).toMatchObject({ reason: 'nightly sync' });
  });

  it('must push or sign its requests where the operator says so, and a rule without keys is refused', async () => {
    const { id, path } = await newApp();
    const tab = `${path}?tab=flows`;
    const push = 'require_pushed_authorization_requests';
    const sign = 'require_signed_request_object';
    await takeStep(owner, tab, { [push]: 'yes' });
    expect(await read(id)).toMatchObject({ [push]: true, [sign]: false });
    const refused = await takeStep(owner, tab, { [sign]: 'yes' });
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('jwks')]);
    const kept = await owner.open(tab);
    await submitWith(owner, kept, 'jwks_uri', { fields: { jwks_uri: 'https://keys.example/jwks.json' } });
    expect(await read(id)).toMatchObject({ jwks_uri: 'https://keys.example/jwks.json', [push]: true });
    const checked = await takeStep(owner, `${path}/check-keys`);
    expect(checked.text).toContain('unreachable');
  });

  it('says who runs it, and looks as it wants; what is not on a form stays', async () => {
    const { id, path } = await newApp();
    const about = await owner.open(`${path}?tab=about`);
    await submitWith(owner, about, 'about.owner', {
      fields: { 'about.owner': 'Notes Ltd', 'about.purpose.en': 'To sync notes' },
    });
    const next = await owner.open(`${path}?tab=about`);
    await submitWith(owner, next, 'about.owner', { fields: { 'about.purpose.zh': '同步笔记' } });
    expect((await read(id)).about).toEqual({
      owner: 'Notes Ltd',
      purpose: { en: 'To sync notes', zh: '同步笔记' },
    });
    const looks = await owner.open(`${path}?tab=branding`);
    expect(looks.links.some(({ href }) => href.includes(`client_id=${id}`))).toBe(true);
    const fields = { accent: '#ffff00', 'name.en': 'Notes' };
    const unreadable = await submitWith(owner, looks, 'accent', { fields });
    expect([unreadable.status, unreadable.text]).toEqual([422, expect.stringContaining('accent')]);
    await submitWith(owner, looks, 'accent', { fields: { ...fields, accent: '#1f4e5f' } });
    expect((await call('GET', `/apps/${id}/branding`)).body).toMatchObject({
      accent: '#1f4e5f',
      name: { en: 'Notes' },
    });
  });

  it('gets a new secret, which is shown once', async () => {
    const { path } = await newApp();
    const page = await takeStep(owner, `${path}/rotate`, { reason: 'it leaked' });
    const secret = /class="copy card"><code>([^<]+)</.exec(page.html)?.[1] ?? '';
    world.remember(secret);
    expect([page.status, secret.length > 20]).toEqual([200, true]);
    expect((await owner.open(path)).html).not.toContain(secret);
  });

  it('is removed by its typed name when it is off, and restored', async () => {
    const { id, name, path } = await newApp();
    expect((await owner.open(`${path}/remove`)).status).toBe(409);
    await takeStep(owner, `${path}/disable`);
    expect(
      (await takeStep(owner, `${path}/remove`, { typed: 'another', reason: 'no longer used' })).status,
    ).toBe(400);
    expect((await takeStep(owner, `${path}/remove`, { typed: name })).text).toContain('Say why.');
    await takeStep(owner, `${path}/remove`, { typed: name, reason: 'no longer used' });
    expect((await call('GET', `/apps/${id}`)).status).toBe(404);
    const list = await owner.open('/console/apps?removed=true');
    expect(list.text).toContain(name);
    const back = await takeStep(owner, `${path}/restore`);
    expect(back.url.pathname).toBe(path);
    expect(await read(id)).toMatchObject({ enabled: false, removed_at: null });
  });
});

it('auditors read and change nothing; support sees the name', async () => {
  const { id, name, path } = await newApp();
  const auditor = await visitConsole(world, { role: 'auditor', user: 'lin' });
  const page = await auditor.open(path);
  expect(page.html).toContain('https://app.example/callback');
  expect(page.html).toContain('<fieldset class="bare" disabled>');
  const support = await visitConsole(world, { role: 'support', user: 'sam', connection: 'github' });
  const shown = await support.open(path);
  expect(shown.text).toContain(name);
  expect(shown.html).not.toContain('https://app.example/callback');
  expect((await support.open('/console/apps')).text).toContain(name);
  for (const visitor of [auditor, support]) {
    const cookie = visitor.browser.cookies.header(new URL(world.issuer)) ?? '';
    const body = new URLSearchParams({
      csrf_token: tokenOf(await visitor.open(path)),
      name: 'x',
      seen: '{}',
    });
    for (const at of [path, `${path}/rotate`, `${path}/disable`, '/console/apps/new']) {
      const { status } = await fetch(world.issuer + at, { method: 'POST', headers: { cookie }, body });
      expect([at, status]).toEqual([at, 403]);
    }
  }
  expect(await read(id)).toMatchObject({ version: 1 });
});

describe('apps that register themselves', () => {
  it('come by rules that an operator sets, and are listed, shown and blocked', async () => {
    const rules = await owner.open('/console/apps/rules');
    expect(rules.text).toContain('claude.ai');
    const chinese = { 'accept-language': 'zh-CN' };
    const translated = await owner.browser.open(rules.url, chinese);
    expect(translated.text).toContain('自行注册的应用');
    expect(faultsOnPage(translated.html)).toEqual([]);
    const saved = await submitWith(owner, rules, 'idle_days', {
      fields: { domains: 'agent.example', dynamic_registration: 'yes', reason: 'Agents of our people' },
    });
    expect(saved.text).toContain('Saved.');
    expect((await call('GET', '/app-admission')).body).toMatchObject({
      domains: ['agent.example'],
      dynamic_registration: true,
    });
    const registered = await fetch(`${world.issuer}/oauth/register`, {
      method: 'POST',
      body: JSON.stringify({ client_name: 'Agent', redirect_uris: ['https://agent.example/cb'] }),
    });
    const { client_id: id } = (await registered.json()) as { client_id: string };
    const list = await owner.open('/console/apps?registration=dynamic');
    expect(list.text).toContain('Agent (agent.example)');
    const page = await owner.open(`/console/apps/${id}`);
    expect(page.text).toContain('Registered by itself');
    expect(page.text).toContain('never');
    await takeStep(owner, `/console/apps/${id}/disable`);
    expect(await read(id)).toMatchObject({ enabled: false, registration: 'dynamic' });
  });

  it('may have the address of a document as their id', async () => {
    const id = 'https://agent.example/client.json';
    await world.database.pool.query(
      `INSERT INTO app (id, name, type, redirect_uris, post_logout_redirect_uris, apis, updated_at, registration, domain)
       VALUES ($1, 'Agent', 'spa', ARRAY['https://agent.example/cb'], '{}', '{}', now(), 'document', 'agent.example')`,
      [id],
    );
    await world.adopt();
    const found = await owner.open(`/console/go?q=${encodeURIComponent(id)}`);
    expect(found.text).toContain('its metadata document agent.example');
    expect(found.url.pathname).toBe(`/console/apps/${encodeURIComponent(id)}`);
    for (const tab of ['?tab=policy', '?tab=events'])
      expect((await owner.open(`${found.url.pathname}${tab}`)).status).toBe(200);
    await takeStep(owner, `${found.url.pathname}/disable`);
    expect((await call('GET', `/apps/${encodeURIComponent(id)}`)).body).toMatchObject({ enabled: false });
    expect((await call('DELETE', `/apps/${encodeURIComponent(id)}`)).status).toBe(204);
    const rules = await owner.open('/console/apps/rules');
    expect(rules.text).toContain('Removed apps, which stay out');
    const restore = rules.links.find(({ text }) => text === 'Restore');
    await takeStep(owner, String(restore?.href));
    expect((await owner.open('/console/apps/rules')).text).not.toContain('Removed apps');
  });
});
