import type { Role } from '../../src/admin/roles.ts';
import { visit, type Who, walk } from '../account/visitor.ts';
import { type Browser, createBrowser, type Page } from '../support/browser.ts';
import type { World } from '../support/world.ts';

/** A person with a role, whose browser is signed in to the console. */
export interface ConsoleVisitor {
  readonly browser: Browser;
  readonly userId: string;
  open(path: string): Promise<Page>;
}

/** Gives the person of the lab a role, and signs the person in to the console. */
export async function visitConsole(
  world: World,
  { role, user, connection = 'google' }: { role: Role; user: string; connection?: string },
): Promise<ConsoleVisitor> {
  const { userId } = await visit(world, { connection, user });
  await world.broker.identities.setRoles(userId, [role]);
  const browser = createBrowser();
  const page = await signIn(world, browser, { connection, user });
  if (page.status !== 200 || page.url.pathname !== '/console')
    throw new Error(`not in the console: ${page.status} ${page.url.href} ${page.text}`);
  return { browser, userId, open: (path) => browser.open(new URL(path, world.issuer)) };
}

/** Opens a page of the console in a new browser, and signs in behind it. */
export async function signIn(world: World, browser: Browser, who: Who, path = '/console'): Promise<Page> {
  return await follow(world, browser, await browser.open(new URL(path, world.issuer)), who);
}

/** Goes on from the page that asks for a sign-in. */
export async function follow(world: World, browser: Browser, asked: Page, who: Who): Promise<Page> {
  const link = asked.links.find(({ href }) => href.startsWith('/console/sign-in/go'));
  if (!link) throw new Error(`no sign-in on ${asked.status} ${asked.url.href} ${asked.text}`);
  return await walk(browser, await browser.open(new URL(link.href, world.issuer)), who);
}
