import { beforeAll, describe, expect, it, vi } from 'vitest';
import { adminClient, type CallAdmin, itemsOf } from '../admin/client.ts';
import { createApp } from '../support/app.ts';
import { rolledUp } from '../support/rolled-up.ts';
import { createWorld, type World } from '../support/world.ts';
import { type ConsoleVisitor, visitConsole } from './console-visitor.ts';

let world: World;
let call: CallAdmin;
let owner: ConsoleVisitor;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
  owner = await visitConsole(world, { role: 'owner', user: 'ada' });
}, 60_000);

describe('the list of apps', () => {
  it('is filtered by name, type, owner, policy, tool and state, page by page', async () => {
    const made = { redirect_uris: ['https://app.example/cb'] };
    const policy = (...aliases: string[]) => ({ connections: aliases.map((connection) => ({ connection })) });
    const kept = { 'symbolon-managed-by': 'terraform/prod' };
    const zh = { display_name: { en: 'Diary', zh: 'Riji 日记本' } };
    await call('POST', '/apps', { name: 'Notes', ...made, ...policy('google'), first_party: true }, kept);
    await call('POST', '/apps', { name: 'Notes two', ...made, ...policy('google', 'wechat'), ...zh });
    await call('POST', '/apps', { name: 'Mobile', type: 'native', ...made, enabled: false });
    const names = async (query: string) =>
      itemsOf(await call('GET', `/apps?limit=200&${query}`)).map(({ name }) => name);
    expect(await names('q=NOTES')).toEqual(['Notes', 'Notes two']);
    expect(await names(`q=${encodeURIComponent('日记')}`)).toEqual(['Notes two']);
    expect(await names('q=riji')).toEqual(['Notes two']);
    expect(await names('type=native&type=service&q=mobile')).toEqual(['Mobile']);
    expect(await names('connection=wechat&connection=unknown&q=notes')).toEqual(['Notes two']);
    expect(await names('connection=unknown')).toEqual([]);
    expect(await names('first_party=true&q=notes')).toEqual(['Notes']);
    expect(await names('managed_by=terraform')).toEqual(['Notes']);
    expect(await names('enabled=false')).toEqual(['Mobile']);
    expect(await names('q=%25')).toEqual([]);

    const first = await call('GET', '/apps?q=notes&limit=1');
    const rest = await call('GET', `/apps?q=notes&limit=1&cursor=${first.body.next_cursor}`);
    expect([itemsOf(first)[0]?.name, itemsOf(rest)[0]?.name, rest.body.next_cursor]).toEqual([
      'Notes',
      'Notes two',
      null,
    ]);
    const page = await owner.open('/console/apps?connection=wechat&q=notes');
    expect(page.text).toContain('Notes two');
    expect(page.text).not.toContain('Mobile');
    expect(page.links.map(({ href }) => href)).toContain(
      '/console/exports/apps.csv?q=notes&connection=wechat&counts=yes',
    );
  });

  it('counts the people who consent, when it is asked', async () => {
    const app = await createApp(world, { connections: ['google'] });
    await app.signIn({ connection: 'google', user: 'ada' });
    await app.signIn({ connection: 'github', user: 'sam' });
    const { body } = await call('GET', `/apps/${app.clientId}?counts=yes`);
    expect(body.consents).toBe(2);
    expect((await call('GET', `/apps/${app.clientId}`)).body).not.toHaveProperty('consents');
    expect(itemsOf(await call('GET', `/apps?q=${app.clientId}&counts=yes`))).toMatchObject([{ consents: 2 }]);
    const row = (await owner.open(`/console/apps?q=${app.clientId}`)).html;
    expect(row).toContain('data-label="People who consent">2<');
  });
});

describe('the list of connections', () => {
  const aliases = async (query: string) =>
    itemsOf(await call('GET', `/connections?limit=200&${query}`)).map(({ alias }) => alias);

  it('is filtered by name in both languages, provider, state and tool', async () => {
    const names = { display_name: { en: 'Staff door', zh: '员工入口' } };
    const more = { client_id: 'one', client_secret: 'a-secret-of-one' };
    world.remember(more.client_secret);
    const kept = { 'symbolon-managed-by': 'terraform/prod' };
    await call('POST', '/connections', { alias: 'staff', provider: 'github', ...more, ...names }, kept);
    await call('POST', '/connections', { alias: 'off', provider: 'gitlab', ...more, enabled: false });
    expect(await aliases('q=STAFF')).toEqual(['staff']);
    expect(await aliases(`q=${encodeURIComponent('员工')}`)).toEqual(['staff']);
    expect(await aliases(`q=${encodeURIComponent('微信')}`)).toContain('wechat');
    expect(await aliases('provider=github&provider=gitlab&enabled=false')).toEqual(['off']);
    expect(await aliases('managed_by=terraform')).toEqual(['staff']);
    const page = await owner.open('/console/connections?managed_by=terraform');
    expect(page.text).toContain('Staff door');
    expect(page.links.map(({ href }) => href)).toContain(
      '/console/exports/connections.csv?managed_by=terraform&health=yes',
    );
    const headers = { authorization: `Bearer ${world.adminToken}` };
    const address = `${world.issuer}/admin/v1/exports/connections.csv?managed_by=terraform&health=yes`;
    const [head, ...rows] = (await (await fetch(address, { headers })).text()).trim().split('\r\n');
    expect([head, rows]).toEqual([
      expect.stringContaining('"health.accounts"'),
      [expect.stringContaining('"staff"')],
    ]);
  });

  it('shows accounts, health, failed refreshes and the last check', async () => {
    const app = await createApp(world, { connections: ['google'] });
    const scope = 'openid idp:google';
    const { access_token: token } = await app.signIn({ connection: 'google', user: 'ada', scope });
    await app.signIn({ connection: 'google', user: 'lin', scope });
    await world.control('POST', 'google/users/ada/revoke');
    const authorization = `Bearer ${token}`;
    await fetch(`${world.issuer}/v1/me/identities/google/token?force=true`, { headers: { authorization } });
    await rolledUp(world.broker.reporting, world.database.pool);
    await world.broker.reporting.census.take();
    const healthOf = async (query: string) =>
      itemsOf(await call('GET', `/connections?q=google&${query}`)).find(({ alias }) => alias === 'google')
        ?.health;
    expect(await healthOf('enabled=true')).toBeUndefined();
    expect(await healthOf('health=yes')).toMatchObject({
      accounts: 2,
      accounts_exact: true,
      states: [
        { state: 'active', n: 1 },
        { state: 'reauthorization_required', n: 1 },
      ],
      refreshes: { tries: 1, failures: 1 },
      last_check: null,
    });

    await call('POST', '/connections/google/check');
    const { body } = await call('GET', '/connections/google?health=yes');
    expect(body.health).toMatchObject({ last_check: { current: true, checks: expect.any(Array) } });
    const page = await owner.open('/console/connections?q=google');
    expect(page.html).toContain('<title>Works 1, Needs the person 1</title>');
    expect(page.text).toContain('50% work');
    expect(page.text).toContain('1 of 1 failed');
    await call('PATCH', '/connections/google', { position: 7 });
    expect((await owner.open('/console/connections/google')).text).toContain('changed since');
  });
});

describe('support, which sees names only', () => {
  it('finds nothing by a setting that it does not see, neither in lists nor in exports nor on pages', async () => {
    const expires_at = new Date(world.clock.now().getTime() + 86_400_000).toISOString();
    const made = await call('POST', '/tokens', { name: 'help desk', role: 'support', expires_at });
    world.remember(String(made.body.token));
    const support = adminClient({ ...world, adminToken: String(made.body.token) });
    for (const path of [
      '/apps?connection=google',
      '/apps?first_party=true',
      '/apps?managed_by=terraform',
      '/exports/apps.json?managed_by=t',
      '/connections?managed_by=terraform',
    ])
      expect((await support('GET', path)).body.code, path).toBe('forbidden');
    expect(itemsOf(await support('GET', '/apps?q=notes&counts=yes'))[0]).toEqual({
      ...{ name: 'Notes', type: 'web', enabled: true },
    });
    const visitor = await visitConsole(world, { role: 'support', user: 'sam', connection: 'github' });
    for (const path of ['/console/apps', '/console/connections']) {
      const { html } = await visitor.open(path);
      expect(html).toContain('name="enabled"');
      expect(html).not.toMatch(/name="(managed_by|first_party|connection)"/);
    }
  });
});

describe('the check of all connections', () => {
  it('goes on where one is removed meanwhile', async () => {
    const all = await world.broker.connections.all();
    const alias = all.at(-1)?.alias ?? '';
    const { check } = world.broker.connections;
    const spy = vi.spyOn(world.broker.connections, 'check').mockImplementationOnce(async (connection) => {
      await call('DELETE', `/connections/${alias}`);
      return await check(connection);
    });
    const list = await owner.open('/console/connections');
    const form = list.forms.findIndex(({ action }) => action === '/console/connections/check');
    const page = await owner.browser.submit(list, { form });
    spy.mockRestore();
    expect(page.status).toBe(200);
    expect(page.text).toContain('google');
    expect(page.text).not.toContain(alias);
  });
});

describe('the page of admins', () => {
  it('says how each gets in, whether that proves a fresh sign-in, and which tokens there are', async () => {
    const expires_at = new Date(world.clock.now().getTime() + 86_400_000).toISOString();
    const made = await call('POST', '/tokens', { name: 'nightly export', role: 'auditor', expires_at });
    world.remember(String(made.body.token));
    const other = await visitConsole(world, { role: 'auditor', user: 'ada', connection: 'openid-connect' });
    const way = (connection: string, proves_sign_in: boolean) => [
      { connection, proves_sign_in, opens_console: true, last_login_at: expect.any(String) },
    ];
    const admins = itemsOf(await call('GET', '/admins'));
    expect(admins.find(({ user }) => user === owner.userId)).toMatchObject({
      ways_in: way('google', false),
      last_seen_at: expect.any(String),
    });
    expect(admins.find(({ user }) => user === other.userId)).toMatchObject({
      ways_in: way('openid-connect', true),
    });

    const page = await owner.open('/console/admins');
    expect(page.text).toContain('Google no proof of a fresh sign-in');
    expect(page.text).toContain('No way in of yours proves a fresh sign-in');
    expect(page.html).toContain('data-label="Last seen"><time');
    expect(page.html).toMatch(/nightly export(?:(?!<\/tr>)[\s\S])*data-label="Made"><time/);
    expect(page.html).not.toContain(String(made.body.token));
    expect((await other.open('/console/admins')).text).not.toContain('No way in of yours');
  });
});
