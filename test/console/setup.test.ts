import { beforeAll, describe, expect, it } from 'vitest';
import { walk } from '../account/visitor.ts';
import { adminClient, itemsOf } from '../admin/client.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { invite } from './invite.ts';

let world: World;

/** A new broker: no connection, no person. */
beforeAll(async () => {
  world = await createWorld();
  const call = adminClient(world);
  for (const { alias } of await world.broker.connections.all()) await call('DELETE', `/connections/${alias}`);
});

describe('the first owner of a new broker', () => {
  it('adds a connection, checks it, signs in through it, and then has the role', async () => {
    const link = await invite(world, 'owner');
    const browser = createBrowser();
    const start = await browser.open(link);
    expect(start.text).toContain('Signing in is not possible yet');
    const other = createBrowser();
    const theirs = await other.open(link);
    const choose = await browser.submit(start);
    world.remember(browser.cookies.get('symbolon-join'));
    // The setup belongs to the first browser that begins it; the link itself is dead now.
    expect((await other.submit(theirs)).status).toBe(404);
    expect((await createBrowser().open(link)).status).toBe(404);

    const enter = await browser.submit(choose, { fields: { provider: 'openid-connect' } });
    expect(enter.text).toContain(`${world.issuer}/connections/openid-connect/callback`);
    const lab = world.lab.connections().find(({ name }) => name === 'openid-connect');
    const { issuer = '' } = lab?.endpoints ?? {};
    const wrong = await browser.submit(enter, {
      fields: { client_id: 'x', 'endpoint.issuer': 'not an address' },
    });
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('issuer')]);
    const fields = {
      client_id: lab?.clientId ?? '',
      client_secret: lab?.clientSecret ?? '',
      'endpoint.issuer': issuer,
    };
    const connected = await browser.submit(enter, { fields });
    expect(connected.status).toBe(200);
    expect(connected.text).toContain('OpenID Connect is connected');
    const checked = await browser.submit(connected, { button: 'Check the connection' });
    expect(checked.text).toContain('In order');
    const again = await browser.submit(checked, { form: 1 });
    expect(await world.broker.connections.all()).toHaveLength(0);
    const once = await browser.submit(again, { fields: { provider: 'openid-connect' } });
    const ready = await browser.submit(once, { fields });

    const signIn = ready.links.find(({ href }) => href.includes('/account/login'))?.href ?? '';
    const confirm = await walk(browser, await browser.open(new URL(signIn, world.issuer)), {
      connection: 'openid-connect',
      user: 'ada',
    });
    expect(confirm.text).toContain('Ada Okafor');
    expect((await browser.submit(confirm)).text).toContain('owner');
    expect(itemsOf(await adminClient(world)('GET', '/admins'))).toMatchObject([{ role: 'owner' }]);
    expect((await browser.open(`${world.issuer}/console/join/setup`)).status).toBe(404);
  });

  it('cannot set up a second time, and a link for another role sets up nothing', async () => {
    const page = await createBrowser().open(await invite(world, 'owner'));
    expect(page.text).not.toContain('Signing in is not possible yet');
  });
});
