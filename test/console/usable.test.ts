import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { adminClient } from '../admin/client.ts';
import { atEnd } from '../support/at-end.ts';
import { launchChromium } from '../support/chromium.ts';
import { obstacles } from '../support/usable.ts';
import { createWorld } from '../support/world.ts';
import { invite } from './invite.ts';

it('every page behind a first invitation is usable on a phone and with a screen reader, in Chinese and English', async () => {
  const world = await createWorld();
  const call = adminClient(world);
  for (const { alias } of await world.broker.connections.all()) await call('DELETE', `/connections/${alias}`);
  const lab = world.lab.connections().find(({ name }) => name === 'openid-connect');
  const browser = await launchChromium();
  atEnd(() => browser.close());
  const phone = { viewport: { width: 360, height: 740 }, colorScheme: 'dark' as const };
  const page = await (await browser.newContext({ ...phone, locale: 'zh-CN' })).newPage();
  page.setDefaultTimeout(20_000);
  const next = async (act: (shown: Page) => Promise<unknown>, heading: RegExp) => {
    await act(page);
    await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    expect(await obstacles(page), page.url()).toEqual([]);
  };

  const link = await invite(world, 'owner');
  await next((shown) => shown.goto(link), /添加第一个身份源/);
  await next((shown) => shown.getByRole('button', { name: '开始' }).click(), /添加第一个身份源/);
  world.remember((await page.context().cookies()).find(({ name }) => name === 'symbolon-join')?.value);
  await page.getByLabel('身份源').selectOption('openid-connect');
  await next((shown) => shown.getByRole('button', { name: '下一步' }).click(), /OpenID Connect/);
  await page.getByLabel(/Client ID/).fill(lab?.clientId ?? '');
  await page.getByLabel(/Client secret/).fill(lab?.clientSecret ?? '');
  await page.getByLabel(/地址：\s?issuer/).fill(lab?.endpoints.issuer ?? '');
  await next((shown) => shown.getByRole('button', { name: '保存' }).click(), /已添加/);
  await next((shown) => shown.getByRole('button', { name: '检查配置' }).click(), /已添加/);
  await page.getByRole('link', { name: /登录/ }).click();
  await page.getByRole('button', { name: /OpenID Connect/ }).click();
  await page.locator('input[name="user"][value="ada"]').check();
  await next((shown) => shown.getByRole('button', { name: 'Approve' }).click(), /所有者/);
  await next((shown) => shown.getByRole('button', { name: '接受' }).click(), /欢迎/);

  const english = await (await browser.newContext({ ...phone, locale: 'en-US' })).newPage();
  for (const [address, heading] of [
    [link, 'This link does not work'],
    [await invite(world, 'auditor'), /as auditor/],
  ] as const) {
    await english.goto(address);
    await english.getByRole('heading', { level: 1, name: heading }).waitFor();
    expect(await obstacles(english), address).toEqual([]);
  }
}, 90_000);
