import type { BrowserContext, Page } from 'playwright-core';
import type { World } from '../support/world.ts';

/** The session cookies of each broker's people. */
const sessions = new WeakMap<World, Map<string, Parameters<BrowserContext['addCookies']>[0]>>();

/**
 * Brings a person of the lab to a page of the console, in a real browser. The first time at a broker the person signs in;
 * other browsers of the person get the session's cookies, and sign in if those do not count any more.
 */
export async function enter(
  page: Page,
  world: World,
  { connection, user, path = '/console' }: { connection: string; user: string; path?: string },
): Promise<void> {
  const { issuer } = world;
  const known = sessions.get(world) ?? new Map();
  sessions.set(world, known);
  const who = `${user} at ${connection}`;
  await page.context().addCookies(known.get(who) ?? []);
  await page.goto(issuer + path);
  if (page.url() === issuer + path) return;
  await page.locator('a[href^="/console/sign-in/go"]').click();
  const way = page.locator(`button[name="connection"][value="${connection}"]`);
  // In one language the connection may be among those that are folded away.
  if (!(await way.isVisible())) await page.locator('main summary').first().click();
  await way.click();
  await page.locator(`input[name="user"][value="${user}"]`).check();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.waitForURL(issuer + path);
  const cookies = await page.context().cookies(issuer);
  known.set(
    who,
    cookies.filter(({ name }) => name.includes('symbolon-account')),
  );
}
