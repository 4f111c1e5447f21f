import { beforeAll, describe, expect, it } from 'vitest';
import { visit } from '../account/visitor.ts';
import { adminClient, itemsOf } from '../admin/client.ts';
import { createApp } from '../support/app.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { type ConsoleVisitor, follow, signIn, visitConsole } from './console-visitor.ts';

// A browser that is signed out elsewhere is signed out of the console too.

let world: World;
const ada = { connection: 'google', user: 'ada' };

beforeAll(async () => {
  world = await createWorld();
});

const laptop = (): Promise<ConsoleVisitor> => visitConsole(world, { role: 'owner', user: 'ada' });
const isIn = async ({ open }: ConsoleVisitor) => (await open('/console/people')).url.pathname;
const [inside, outside] = ['/console/people', '/console/sign-in'];

describe('the console of a browser', () => {
  it('ends with the session that an admin ends, and no other does', async () => {
    const call = adminClient(world);
    const lost = await laptop();
    const path = `/users/${lost.userId}/sessions`;
    const [latest] = itemsOf(await call('GET', path));
    const kept = await laptop();
    expect((await call('DELETE', `${path}/${latest?.id}`)).status).toBe(204);
    expect([await isIn(lost), await isIn(kept)]).toEqual([outside, inside]);
  });

  it('ends with the session that the person ends on the account page', async () => {
    const lost = await laptop();
    const here = await visit(world, ada);
    const page = await here.open('/account/sessions');
    const form = page.forms.findLastIndex(({ action }) => /sessions\/[^/]+\/end$/.test(action));
    const cards = page.forms.filter(({ action }) => /sessions\/[^/]+\/end$/.test(action));
    for (const { action } of cards.slice(1)) {
      const forms = page.forms.map((one, index) => (index === form ? { ...one, action } : one));
      expect((await here.browser.submit({ ...page, forms }, { form })).status).toBe(200);
    }
    expect(await isIn(lost)).toBe(outside);
  });

  it('ends with a sign-out from the account page in the same browser', async () => {
    const mine = await laptop();
    await mine.browser.submit(await mine.open('/account'));
    const page = await mine.open('/account');
    const form = page.forms.findIndex(({ action }) => action === '/account/sign-out');
    const asked = await mine.browser.submit(page, { form });
    await mine.browser.submit(asked);
    expect(await isIn(mine)).toBe(outside);
  });

  it('ends when another person signs in there', async () => {
    const browser = createBrowser({ stopAt: ['https://app.example/'] });
    await signIn(world, browser, ada);
    const app = await createApp(world);
    const other = { connection: 'google', user: 'sam', browser, scope: 'openid' };
    await app.signIn({ ...other, parameters: { prompt: 'login' } });
    expect((await browser.open(world.issuer + inside)).url.pathname).toBe(outside);
  });

  it('stays open while the person signs in anew, in the console or on the account page', async () => {
    const browser = createBrowser();
    await signIn(world, browser, ada);
    const open = (path: string) => browser.open(new URL(path, world.issuer));
    const mine: ConsoleVisitor = { browser, userId: '', open };
    await follow(world, browser, await open('/console/sign-in?fresh=1&to=/console/people'), ada);
    expect(await isIn(mine)).toBe(inside);
    const fresh = await open('/account/login?fresh=1');
    expect(fresh.status).toBe(200);
    const chosen = await browser.submit(fresh, { button: 'google' });
    const back = await browser.submit(chosen, { fields: { user: 'ada' } });
    expect(back.url.pathname).toBe('/account');
    expect(await isIn(mine)).toBe(inside);
  });
});
