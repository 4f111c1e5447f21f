import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { adminClient } from '../admin/client.ts';
import { atEnd } from '../support/at-end.ts';
import { launchChromium } from '../support/chromium.ts';
import { png } from '../support/pictures.ts';
import { obstacles } from '../support/usable.ts';
import { enter } from './enter.ts';
import { createStage, giveRole, type Stage } from './stage.ts';

let stage: Stage;
let browser: Browser;
let paths: readonly string[];
let policy: string;
const ada = { connection: 'google', user: 'ada' };
const reports: string[] = [];

beforeAll(async () => {
  stage = await createStage();
  await giveRole(stage, 'ada', 'owner');
  const call = adminClient(stage.world);
  const connections = [
    {
      connection: 'google',
      scopes: ['calendar.readonly'],
      proxy: [{ methods: ['GET'], path: '/calendar/**' }],
    },
    { connection: 'wechat', handout: false, rate: { requests: 10, seconds: 60 } },
  ];
  const redirect_uris = ['https://calendar.example/callback'];
  const { body } = await call('POST', '/apps', { name: 'Calendar Sync', redirect_uris, connections });
  stage.world.remember(String(body.client_secret));
  await call(
    'PATCH',
    '/connections/github',
    { display_name: { en: 'Work GitHub', zh: '工作 GitHub' } },
    { 'symbolon-managed-by': 'terraform/prod' },
  );
  const hook = await call('POST', '/webhooks', { url: 'https://hooks.example/symbolon' });
  stage.world.remember(String(hook.body.secret));
  await call('POST', `/webhooks/${hook.body.id}/test`);
  const api = await call('POST', '/apis', {
    identifier: 'https://mcp.example',
    name: 'MCP',
    connections: [{ connection: 'google' }],
  });
  const app = `/console/apps/${body.client_id}`;
  policy = `${app}?tab=policy`;
  paths = [
    '/console/connections',
    '/console/connections/new?provider=apple',
    '/console/connections/github',
    '/console/connections/github?tab=settings',
    '/console/connections/google?tab=usage',
    '/console/connections/google/disable',
    '/console/apps',
    app,
    policy,
    `${app}?tab=branding`,
    '/console/webhooks',
    `/console/webhooks/${hook.body.id}`,
    '/console/webhooks/new',
    '/console/apis',
    '/console/apis/new',
    `/console/apis/${api.body.id}?tab=policy`,
  ];
  browser = await launchChromium();
  atEnd(() => browser.close());
}, 60_000);

async function open(options: BrowserContextOptions): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
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
  { viewport: desk, colorScheme: 'light', locale: 'en-GB' },
  { viewport: phone, colorScheme: 'dark', locale: 'zh-CN' },
];

it.each(settings)(
  'every page of the configuration is usable, and breaks no policy: %o',
  async (options) => {
    const page = await open(options);
    await enter(page, stage.world, ada);
    for (const path of paths) {
      await page.goto(stage.world.issuer + path);
      expect(await obstacles(page), path).toEqual([]);
    }
    expect(reports).toEqual([]);
  },
  90_000,
);

it.each([true, false])(
  'a form with a file and a policy are saved with JavaScript on and off: %s',
  async (javaScriptEnabled) => {
    const page = await open({ viewport: desk, locale: 'en-GB', javaScriptEnabled });
    await enter(page, stage.world, { ...ada, path: '/console/connections/wechat?tab=settings' });
    const [, picture = ''] = png(32).split(',');
    const file = { name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from(picture, 'base64') };
    await page.getByLabel('Logo', { exact: true }).setInputFiles(file);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    expect(await page.locator('.head img.mark').getAttribute('src')).toMatch(/^\/connections\/wechat\/logo/);
    await page.goto(`${stage.world.issuer}${policy}`);
    await page.getByLabel('Scopes').first().fill('calendar.readonly drive.file');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    expect(await page.getByLabel('Scopes').first().inputValue()).toBe('calendar.readonly drive.file');
    await page.getByLabel('Scopes').first().fill('calendar.readonly');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
  },
  60_000,
);
