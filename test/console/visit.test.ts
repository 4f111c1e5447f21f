import { beforeAll, describe, expect, it } from 'vitest';
import { minutes } from '../../src/kit/clock.ts';
import { visit } from '../account/visitor.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { type ConsoleVisitor, signIn, visitConsole } from './console-visitor.ts';

let world: World;
let owner: ConsoleVisitor;
const ada = { connection: 'google', user: 'ada' };

beforeAll(async () => {
  world = await createWorld();
  owner = await visitConsole(world, { role: 'owner', user: 'ada' });
});

describe('a visit to the console', () => {
  it('is for people with a role, and leads others to their account', async () => {
    const browser = createBrowser();
    const page = await signIn(world, browser, { connection: 'google', user: 'sam' });
    expect(page.status).toBe(403);
    expect(page.text).toContain('You have no role here');
    expect(page.links.some(({ href }) => href === '/account')).toBe(true);
    const role = await browser.open(`${world.issuer}/console/people`);
    expect(role.status).toBe(403);
  });

  it('has a cookie of its own: the session of the account page opens nothing', async () => {
    const visitor = await visit(world, ada);
    const page = await visitor.open('/console/people');
    expect(page.url.pathname).toBe('/console/sign-in');
    expect(page.url.searchParams.get('to')).toBe('/console/people');
    expect(owner.browser.cookies.get('symbolon-console')).toBeDefined();
    expect(owner.browser.cookies.get('symbolon-account')).toBeUndefined();
  });

  it('returns to the page that was asked for, with its query', async () => {
    const page = await signIn(world, createBrowser(), ada, '/console/people?q=Okafor');
    expect(page.url.href).toBe(`${world.issuer}/console/people?q=Okafor`);
    expect(page.text).toContain('Ada Okafor');
  });

  it('ends after half an hour without a request, and after twelve hours', async () => {
    const mine = await visitConsole(world, { role: 'owner', user: 'ada' });
    world.clock.advance(minutes(29));
    expect((await mine.open('/console')).url.pathname).toBe('/console');
    world.clock.advance(minutes(29));
    expect((await mine.open('/console')).url.pathname).toBe('/console');
    world.clock.advance(minutes(31));
    expect((await mine.open('/console')).url.pathname).toBe('/console/sign-in');
    world.clock.advance(-minutes(89));
    const long = await visitConsole(world, { role: 'owner', user: 'ada' });
    for (let hour = 0; hour < 12; hour += 0.4) {
      expect((await long.open('/console')).url.pathname).toBe('/console');
      world.clock.advance(minutes(24));
    }
    world.clock.advance(minutes(1));
    expect((await long.open('/console')).url.pathname).toBe('/console/sign-in');
    world.clock.advance(-minutes(721));
  });

  it('ends when the person is disabled, loses the role or signs out', async () => {
    const mine = await visitConsole(world, { role: 'operator', user: 'lin' });
    await world.broker.identities.setRoles(mine.userId, []);
    expect((await mine.open('/console')).status).toBe(403);
    await world.broker.identities.setRoles(mine.userId, ['support']);
    const page = await mine.open('/console');
    expect(page.text).toContain('support');
    const form = page.forms.findIndex(({ action }) => action === '/console/sign-out');
    await mine.browser.submit(page, { form });
    expect((await mine.open('/console')).url.pathname).toBe('/console/sign-in');
  });

  it('sends no form without the token of its session, nor from another site', async () => {
    const post = (headers: Record<string, string>) =>
      fetch(`${world.issuer}/console/sign-out`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie: owner.browser.cookies.header(new URL(world.issuer)) ?? '', ...headers },
        body: new URLSearchParams({ csrf_token: 'x' }),
      });
    expect((await post({})).status).toBe(403);
    expect((await post({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await owner.open('/console')).status).toBe(200);
  });

  it('loads our script, and nothing else of any host', async () => {
    const { headers } = await owner.open('/console/people');
    const policy = headers.get('content-security-policy');
    expect(policy).toContain(
      ";script-src 'self';connect-src 'self';require-trusted-types-for 'script';trusted-types symbolon",
    );
    expect(policy).toContain("img-src 'self';");
    expect(policy).toContain("form-action 'self'");
    expect(headers.get('cache-control')).toBe('no-store');
    const other = await fetch(`${world.issuer}/docs`);
    expect(other.headers.get('content-security-policy')).not.toContain('script-src');
  });

  it('goes from an id, a reference or a part of a name to its page', async () => {
    const to = async (q: string) => {
      const { url } = await owner.open(`/console/go?${new URLSearchParams({ q })}`);
      return url.pathname + url.search;
    };
    expect(await to(owner.userId)).toBe(`/console/people/${owner.userId}`);
    expect(await to('Ada Okafor')).toBe(`/console/people/${owner.userId}`);
    const { headers } = await owner.open('/console/people');
    const reference = headers.get('x-request-id') ?? '';
    expect(await to(reference)).toBe(`/console/events?request=${reference}`);
    expect(await to('nothing like it')).toBe('/console/people?q=nothing+like+it');
  });

  it('shows a refused call as a page, with the reference', async () => {
    const page = await owner.open('/console/events?since=yesterday');
    expect(page.status).toBe(400);
    expect(page.text).toContain(page.headers.get('x-request-id') ?? 'none');
    expect((await owner.open('/console/people/usr_x')).status).toBe(404);
  });
});
