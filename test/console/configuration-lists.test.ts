import { beforeAll, describe, expect, it } from 'vitest';
import { adminClient, type CallAdmin, itemsOf } from '../admin/client.ts';
import { createApp } from '../support/app.ts';
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
    const zh = { display_name: { en: 'Diary', zh: '日记本' } };
    await call('POST', '/apps', { name: 'Notes', ...made, ...policy('google'), first_party: true }, kept);
    await call('POST', '/apps', { name: 'Notes two', ...made, ...policy('google', 'wechat'), ...zh });
    await call('POST', '/apps', { name: 'Mobile', type: 'native', ...made, enabled: false });
    const names = async (query: string) =>
      itemsOf(await call('GET', `/apps?limit=200&${query}`)).map(({ name }) => name);
    expect(await names('q=NOTES')).toEqual(['Notes', 'Notes two']);
    expect(await names(`q=${encodeURIComponent('日记')}`)).toEqual(['Notes two']);
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
