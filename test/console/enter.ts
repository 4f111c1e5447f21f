import type { Page } from 'playwright-core';
import type { World } from '../support/world.ts';

/** Signs a person of the lab in to the console, in a real browser. */
export async function enter(
  page: Page,
  { issuer }: World,
  { connection, user, path = '/console' }: { connection: string; user: string; path?: string },
): Promise<void> {
  await page.goto(issuer + path);
  await page.locator('a[href^="/console/sign-in/go"]').click();
  const way = page.locator(`button[name="connection"][value="${connection}"]`);
  // In one language the connection may be among those that are folded away.
  if (!(await way.isVisible())) await page.locator('main summary').first().click();
  await way.click();
  await page.locator(`input[name="user"][value="${user}"]`).check();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.waitForURL(issuer + path);
}
