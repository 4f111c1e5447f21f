import { expect, it } from 'vitest';
import { visit } from '../account/visitor.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld } from '../support/world.ts';
import { signIn } from './console-visitor.ts';

it('only the connections of CONSOLE_CONNECTIONS open the console, whatever session the browser has', async () => {
  const world = await createWorld({ consoleConnections: ['github'] });
  const visitor = await visit(world, { connection: 'google', user: 'ada' });
  await world.broker.identities.setRoles(visitor.userId, ['owner']);
  await visitor.press(await visitor.open('/account'), '/account/link/github');

  const asked = await visitor.open('/console');
  const ways = asked.links.filter(({ href }) => href.startsWith('/console/sign-in/go'));
  expect(ways).toHaveLength(1);
  expect(ways[0]?.href).toContain('connection=github');
  // The session of the broker began at Google, so it does not count.
  const refused = await visitor.open(ways[0]?.href ?? '');
  expect(refused.status).toBe(403);
  expect(refused.text).toContain('does not count for the console');
  expect((await visitor.open('/console')).url.pathname).toBe('/console/sign-in');
  const tampered = await signInAt(world.issuer, visitor.browser, 'google');
  expect(tampered.url.href).toContain('connection=github');

  const page = await signIn(world, createBrowser(), { connection: 'github', user: 'ada' });
  expect(page.url.pathname).toBe('/console');
  expect(page.status).toBe(200);
});

/** Asks for a connection that the page does not offer. Returns the request at the broker's authorize endpoint. */
async function signInAt(issuer: string, browser: ReturnType<typeof createBrowser>, connection: string) {
  const cookie = browser.cookies.header(new URL(issuer)) ?? '';
  const answer = await fetch(`${issuer}/console/sign-in/go?connection=${connection}`, {
    redirect: 'manual',
    headers: { cookie },
  });
  return { url: new URL(answer.headers.get('location') ?? '', issuer) };
}
