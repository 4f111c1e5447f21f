import type { Browser, Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEventAppender } from '../../src/kit/events/event-store.ts';
import { adminClient } from '../admin/client.ts';
import { atEnd } from '../support/at-end.ts';
import { launchChromium } from '../support/chromium.ts';
import { idAt } from '../support/event-weeks.ts';
import { rolledUp } from '../support/rolled-up.ts';
import { enter } from './enter.ts';
import { createStage, giveRole, type Stage } from './stage.ts';

// The questions of a new operator, each from the first page of the console. A press of a link, a button or the enter key is a
// click. An entry or a choice in a field is none. The browser has no JavaScript, so that each form has to be sent.

let stage: Stage;
let browser: Browser;
const most = 3;
const day = 86_400_000;

interface Hand {
  readonly page: Page;
  press(what: Locator): Promise<void>;
  /** Enters a text into the search box of all pages, and presses enter. */
  go(text: string): Promise<void>;
}

beforeAll(async () => {
  stage = await createStage();
  const { world, people } = stage;
  const { reporting } = world.broker;
  await giveRole(stage, 'ada', 'owner');
  await giveRole(stage, 'sam', 'operator');
  await rolledUp(reporting, world.database.pool);
  await reporting.census.take();
  const cause = { actorKind: 'person' as const, actorId: people.sam, address: '10.1.2.0/24' };
  await createEventAppender(world.database.pool)(
    [0, 1, 2].map((days) => ({
      ...{ ...cause, id: idAt(Date.now() - days * day), age: days * day, requestId: undefined },
      ...{ type: 'app.changed' as const, detail: { reason: `${days} days ago` } },
    })),
  );
  browser = await launchChromium();
  atEnd(() => browser.close());
}, 120_000);

/** Opens the first page, and counts the clicks of an answer. */
async function ask(question: string, answer: (hand: Hand) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: 'en-GB' });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await enter(page, stage.world, { connection: 'google', user: 'ada' });
  let clicks = 0;
  const begun = performance.now();
  await answer({
    page,
    async press(what) {
      clicks += 1;
      await what.click();
    },
    async go(text) {
      clicks += 1;
      await page.locator('#goto').fill(text);
      await page.locator('#goto').press('Enter');
    },
  });
  const took = Math.round(performance.now() - begun);
  if (process.env.QUESTIONS) console.info(`${question}: ${clicks} clicks, ${took} ms`);
  expect(clicks, question).toBeLessThanOrEqual(most);
  await context.close();
}

describe('three clicks or fewer answer', () => {
  it('which grants of a connection have died, and why', () =>
    ask('dead grants of a connection, and why', async ({ page, press }) => {
      await page.locator('#f-connection').selectOption('google');
      await press(page.getByRole('button', { name: 'Show' }));
      await press(page.locator('svg a[href*="state=reauthorization_required"]').last());
      const rows = page.locator('tbody tr');
      expect(await rows.count()).toBe(1);
      expect(await rows.textContent()).toContain('林小雨');
      expect(await rows.textContent()).toContain('refused without a reason');
    }));

  it('which apps have used an account this week', () =>
    ask('apps that used an account this week', async ({ page, press, go }) => {
      await go('林小雨');
      await press(page.getByRole('link', { name: 'Used by' }));
      const week = page.locator('tbody tr td[data-label="This week"]');
      expect(Number(await week.first().textContent())).toBeGreaterThan(0);
    }));

  it('who has a part of a Chinese name', () =>
    ask('a person by part of a Chinese name', async ({ page, go }) => {
      await go('小雨');
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('林小雨');
    }));

  it('what an operator did yesterday', () =>
    ask('what an operator did yesterday', async ({ page, press, go }) => {
      await go(stage.people.sam);
      await press(page.getByRole('link', { name: 'Done by this person' }));
      const at = (days: number) => new Date(Date.now() - days * day).toISOString().slice(0, 16);
      await page.locator('#f-since').fill(at(1.5));
      await page.locator('#f-until').fill(at(0.5));
      await press(page.locator('form.filters > .send button'));
      const rows = page.locator('tbody tr');
      expect(await rows.count()).toBe(1);
      expect(await rows.textContent()).toContain('1 days ago');
    }));

  it('whether a new connection works', async () => {
    const { world } = stage;
    const call = adminClient(world);
    const own = world.lab.connections().find(({ provider }) => provider === 'openid-connect');
    if (!own) throw new Error('the lab has no such provider');
    await call('PATCH', `/connections/${own.name}`, { enabled: false });
    await call('DELETE', `/connections/${own.name}`);
    await ask('a new connection that works', async ({ page, press, go }) => {
      await go('openid-connect');
      await page.locator('[name="client_id"]').fill(own.clientId);
      await page.locator('[name="secret.client_secret"]').fill(own.clientSecret);
      await page.locator('[name="endpoints.issuer"]').fill(own.endpoints.issuer ?? '');
      await press(page.getByRole('button', { name: 'Add' }));
      expect(new URL(page.url()).pathname).toBe('/console/connections/openid-connect');
      await press(page.getByRole('button', { name: 'Check now' }));
      expect(await page.locator('[role="status"]').textContent()).toContain('Nothing is to be fixed.');
    });
    const page = await browser.newPage();
    await page.goto(`${world.issuer}/account/login?fresh=1&connection=openid-connect`);
    await page.locator('input[name="user"][value="ada"]').check();
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.waitForURL(/\/account$/);
    await page.close();
  }, 60_000);
});
