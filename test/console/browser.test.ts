import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { minutes } from '../../src/kit/clock.ts';
import { atEnd } from '../support/at-end.ts';
import { launchChromium } from '../support/chromium.ts';
import { rolledUp } from '../support/rolled-up.ts';
import { obstacles } from '../support/usable.ts';
import { enter } from './enter.ts';
import { createStage, giveRole, type Stage } from './stage.ts';

let stage: Stage;
let browser: Browser;
const ada = { connection: 'google', user: 'ada' };
const reports: string[] = [];

beforeAll(async () => {
  stage = await createStage({ providers: 'all' });
  await giveRole(stage, 'ada', 'owner');
  await rolledUp(stage.world.broker.reporting, stage.world.database.pool);
  browser = await launchChromium();
  atEnd(() => browser.close());
}, 60_000);

async function open(options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ timezoneId: 'Asia/Shanghai', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on('console', (message) => {
    if (/Content Security Policy|Trusted|violat/i.test(message.text())) reports.push(message.text());
  });
  page.on('pageerror', ({ message }) => void reports.push(message));
  return page;
}

const phone = { width: 360, height: 740 };
const desk = { width: 1280, height: 800 };
const settings: readonly BrowserContextOptions[] = [
  { javaScriptEnabled: true, viewport: desk, colorScheme: 'light', locale: 'en-GB' },
  { javaScriptEnabled: true, viewport: phone, colorScheme: 'dark', locale: 'zh-CN' },
  { javaScriptEnabled: false, viewport: phone, colorScheme: 'light', locale: 'en-GB' },
  { javaScriptEnabled: false, viewport: desk, colorScheme: 'dark', locale: 'zh-CN' },
];

describe('the console in a browser', () => {
  it.each(settings)(
    'is usable, and breaks no policy: %o',
    async (options) => {
      const page = await open(options);
      await enter(page, stage.world, ada);
      const account = `/console/people/${stage.people.lin}/identities/${stage.ended}`;
      const paths = [
        '/console',
        '/console/identities?state=active',
        '/console/people',
        `/console/people/${stage.people.lin}?tab=uses`,
        account,
        `${account}/unlink`,
        '/console/events?limit=8',
        `/console/people/${stage.people.lin}?tab=sessions`,
        `/console/people/${stage.people.lin}/erase`,
        `/console/jobs/new/users.disable?id=${stage.people.sam}`,
        '/console/exports/people.csv?q=lin',
        '/console/leaving',
        '/console/apps/rules',
        '/console/keys',
        '/console/admins',
        '/console/settings',
      ];
      for (const path of paths) {
        await page.goto(stage.world.issuer + path);
        if (options.javaScriptEnabled) expect(await obstacles(page), path).toEqual([]);
        else expect(await page.locator('[data-js]:visible').count(), path).toBe(0);
      }
      expect(reports).toEqual([]);
    },
    90_000,
  );
});

describe('the script', () => {
  it('swaps the list as a filter changes, keeps the address, and goes back', async () => {
    const page = await open({ viewport: desk });
    await enter(page, stage.world, { ...ada, path: '/console/people' });
    await page.evaluate('window.still = true');
    await page.getByLabel('Name, e-mail, subject or id').fill('Okafor');
    await page.keyboard.press('Tab');
    await page.waitForURL(/q=Okafor/);
    await page.getByRole('row').nth(1).waitFor();
    expect(await page.getByRole('row').count()).toBe(2);
    await page.goBack();
    await page.getByText('sam').first().waitFor();
    expect(await page.getByLabel('Name, e-mail, subject or id').inputValue()).toBe('');
    // The page was never loaded anew.
    expect(await page.evaluate('window.still')).toBe(true);
  });

  it('refreshes a live list by itself, but not while the person reads in it', async () => {
    const page = await open({ viewport: desk });
    await page.clock.install();
    await enter(page, stage.world, { ...ada, path: '/console/identities?live=1' });
    const before = page.getByRole('cell', { name: 'sam renamed' });
    await stage.world.database.pool.query(`UPDATE "user" SET name = 'sam renamed' WHERE id = $1`, [
      stage.people.sam,
    ]);
    await stage.world.adopt();
    await page.locator('tbody a').first().focus();
    await page.clock.runFor(11_000);
    expect(await before.count()).toBe(0);
    await page.locator('tbody a').first().blur();
    await page.clock.runFor(11_000);
    await before.waitFor();
  });

  it('does not keep a visit open by a live list, and says that it has ended', async () => {
    const page = await open({ viewport: desk });
    await page.clock.install();
    await enter(page, stage.world, { ...ada, path: '/console/identities?live=1' });
    stage.world.clock.advance(minutes(20));
    const refreshed = page.waitForResponse(/live=1/);
    await page.clock.runFor(11_000);
    expect((await refreshed).status()).toBe(200);
    stage.world.clock.advance(minutes(11));
    await page.clock.runFor(11_000);
    await page.getByText('30 minutes without a click').waitFor();
    stage.world.clock.advance(-minutes(31));
  });

  it('shows local times at the first visit, and the server does from then on', async () => {
    const page = await open({ viewport: desk });
    await enter(page, stage.world, { ...ada, path: '/console/people' });
    const time = page.locator('td time').first();
    expect(await time.textContent()).toMatch(/ \+08:00$/);
    await page.reload();
    expect(await page.locator('html').getAttribute('data-zone')).toBe('Asia/Shanghai');
    await page.getByRole('link', { name: 'show UTC' }).click();
    await page.waitForURL(/zone=UTC/);
    expect(await page.locator('td time').first().textContent()).toMatch(/ UTC$/);
  });

  it('moves to the search box and to pages by keys, copies a link, and narrows options', async () => {
    const page = await open({ viewport: desk, permissions: ['clipboard-read', 'clipboard-write'] });
    await enter(page, stage.world, ada);
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.id')).toBe('goto');
    await page.locator('h1').click();
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    await page.waitForURL(/identities/);
    await page.getByRole('button', { name: 'Copy link' }).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(page.url());
    await page.locator('details.pick summary').first().click();
    await page.locator('[data-filter]').first().fill('wecha');
    expect(await page.locator('#o-connection label:visible').count()).toBeLessThan(6);
  });

  it('goes over the rows by keys, ticks one, and lists the keys', async () => {
    const page = await open({ viewport: desk });
    await enter(page, stage.world, { ...ada, path: '/console/people' });
    const rowAt = () =>
      page.evaluate(
        '[...document.querySelectorAll("tbody tr")].findIndex((one) => one.matches(":focus-within"))',
      );
    for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key);
    expect(await rowAt()).toBe(1);
    await page.keyboard.press('x');
    expect(await page.locator('tbody tr').nth(1).getByRole('checkbox').isChecked()).toBe(true);
    expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(1);
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keys' }).waitFor();
    expect(await obstacles(page)).toEqual([]);
  });

  it('selects all rows, and follows the job on them by itself', async () => {
    const page = await open({ viewport: desk });
    await page.clock.install();
    await enter(page, stage.world, { ...ada, path: '/console/people' });
    expect(await page.getByRole('button', { name: 'Enable…' }).isVisible()).toBe(false);
    await page.locator('[data-all]').check();
    await page.getByRole('button', { name: 'Enable…' }).click();
    await page.getByText('Each row leaves an event').waitFor();
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.waitForURL(/\/jobs\/job_/);
    const id = new URL(page.url()).pathname.split('/').at(-1);
    const job = async (state: string, lease = `now() + interval '1 hour'`) => {
      const change = `UPDATE bulk_job SET state = $2, lease_until = ${lease} WHERE id = $1`;
      await stage.world.database.pool.query(change, [id, state]);
    };
    const ended = page.getByText('3 done, 0 failed, of 3');
    await expect
      .poll(async () => {
        await page.reload();
        return await ended.count();
      })
      .toBe(1);
    await job('running');
    await page.reload();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await job('done');
    await page.clock.runFor(11_000);
    await page.locator('.badge.good').waitFor();
    expect(await page.locator('[data-refresh]').count()).toBe(0);
  });

  it('asks before a changed form is left', async () => {
    const page = await open({ viewport: desk });
    await enter(page, stage.world, { ...ada, path: `/console/people/${stage.people.sam}/disable` });
    await page.getByLabel('Why?').fill('half a reason');
    await page.keyboard.press('Tab');
    const asked = page.waitForEvent('dialog');
    const left = page.goto(`${stage.world.issuer}/console`).catch(() => undefined);
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.accept();
    await left;
  });
});

it('without a script, filters, times, options and pages work by forms and links', async () => {
  const page = await open({ viewport: desk, javaScriptEnabled: false });
  await enter(page, stage.world, { ...ada, path: '/console/identities' });
  expect(await page.locator('td time').first().textContent()).toMatch(/ UTC$/);
  await page.locator('details.pick summary').nth(1).click();
  await page.getByLabel('Needs the person').check();
  await page.locator('details[open] button').click();
  await page.waitForURL(/state=reauthorization_required/);
  expect(await page.getByRole('row').count()).toBe(2);
  await page.locator('#goto').fill(stage.people.ada);
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp(`/console/people/${stage.people.ada}$`));
  await page.goto(`${stage.world.issuer}/console/people`);
  await page.getByRole('button', { name: 'Keys' }).click();
  await page.getByText('Previous row').waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByLabel('Select this row').first().check();
  await page.getByRole('button', { name: 'Disable…' }).click();
  await page.getByLabel('Enter the number of rows: 1').waitFor();
  await page.goto(`${stage.world.issuer}/console/exports/events.csv?type=login.succeeded`);
  const file = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  expect((await file).suggestedFilename()).toMatch(/^events-.*\.csv$/);
  await page.goto(`${stage.world.issuer}/console/events?limit=2`);
  await page.getByRole('link', { name: 'Next page' }).click();
  await page.waitForURL(/cursor=/);
  expect(reports).toEqual([]);
});
