import { type Browser, createBrowser, type Page } from '../support/browser.ts';
import type { World } from '../support/world.ts';

export interface Who {
  readonly connection: string;
  readonly user: string;
}

/** A person with a browser on our account pages. */
export interface Visitor {
  readonly browser: Browser;
  readonly userId: string;
  open(path: string): Promise<Page>;
  /**
   * Submits the form whose action begins with `action`, and continues through the provider's page as `user`.
   */
  press(page: Page, action: string, user?: string): Promise<Page>;
}

/** Signs in at /account. */
export async function visit(world: World, who: Who, browser: Browser = createBrowser()): Promise<Visitor> {
  const start = await browser.open(`${world.issuer}/account`);
  const page = await walk(browser, await browser.submit(start), who);
  if (page.url.pathname !== '/account' || page.status !== 200)
    throw new Error(`did not sign in: ${page.status} ${page.url.href} ${page.text}`);
  const { rows } = await world.database.pool.query<{ id: string }>(
    `SELECT sess->>'userId' AS id FROM browser_session WHERE sess->>'userId' IS NOT NULL ORDER BY expire DESC, sid`,
  );
  const known = await Promise.all(
    rows.map(async ({ id }) => ((await isMine(world, id, page)) ? id : undefined)),
  );
  const userId = known.find((id) => id !== undefined);
  if (userId === undefined) throw new Error('no person is signed in');
  return {
    browser,
    userId,
    open: (path) => browser.open(new URL(path, world.issuer)),
    press: async (shown, action, user = who.user) => {
      const form = shown.forms.findIndex((one) => one.action.startsWith(action));
      return await walk(browser, await browser.submit(shown, { form }), { ...who, user });
    },
  };
}

/**
 * Continues through the chooser and the provider until the browser is back at a page of the broker or
 * redirected to an app.
 */
export async function walk(browser: Browser, page: Page, { connection, user }: Who): Promise<Page> {
  let current = page;
  for (let steps = 0; steps < 6 && !current.stopped; steps += 1) {
    if (current.text.includes('(simulated)')) current = await browser.submit(current, { fields: { user } });
    else if (current.url.pathname.startsWith('/interaction/'))
      current = await browser.submit(current, { button: connection });
    else break;
  }
  return current;
}

async function isMine({ broker }: World, userId: string, page: Page): Promise<boolean> {
  const identities = await broker.identities.ofUser(userId);
  return identities.some(({ id }) => page.html.includes(id));
}

/** Returns the ids of the linked accounts on a page, in order. */
export function identitiesOn(page: Page): readonly string[] {
  return [...page.html.matchAll(/<section class="card" id="(idn_\w+)"/g)].flatMap(([, id]) => id ?? []);
}

/** Creates a person with an account at each of two connections. */
export async function twofold(world: World, user: string, [first, second]: readonly [string, string]) {
  const visitor = await visit(world, { connection: first, user });
  await visitor.press(await visitor.open('/account'), `/account/link/${second}`);
  const [one = '', other = ''] = identitiesOn(await visitor.open('/account'));
  return { visitor, user, one, other };
}
