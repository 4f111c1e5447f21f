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
  await page.locator(`button[name="connection"][value="${connection}"]`).click();
  await page.locator(`input[name="user"][value="${user}"]`).check();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.waitForURL(issuer + path);
}
