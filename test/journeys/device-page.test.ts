import { beforeAll, expect, it } from 'vitest';
import { adminClient } from '../admin/client.ts';
import { postForm } from '../dialects/ask.ts';
import { atEnd } from '../support/at-end.ts';
import { launchChromium } from '../support/chromium.ts';
import { obstacles } from '../support/usable.ts';
import { createWorld, type World } from '../support/world.ts';

// A person connects a television with a phone: the pages of the code, in a real browser.

let world: World;
let clientId: string;

beforeAll(async () => {
  world = await createWorld();
  const { body } = await adminClient(world)('POST', '/apps', {
    name: 'Living room TV',
    type: 'native',
    device_flow: true,
    homepage: 'https://tv.example/',
    connections: [{ connection: 'google' }],
  });
  clientId = String(body.client_id);
}, 60_000);

it('can be connected with a phone, in Chinese and without obstacles on any page', async () => {
  const form = { client_id: clientId, scope: 'openid profile idp:google', connection: 'google' };
  const begun = (await postForm(`${world.issuer}/oauth/device`, form)).body;
  const deviceCode = String(begun.device_code);
  world.remember(deviceCode, String(begun.user_code));
  const browser = await launchChromium();
  atEnd(() => browser.close());
  const context = await browser.newContext({
    locale: 'zh-CN',
    colorScheme: 'dark',
    viewport: { width: 360, height: 740 },
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(`${world.issuer}/device`);
  expect(await obstacles(page)).toEqual([]);
  await page.locator('[name=user_code]').fill('bcdf ghjk');
  await page.locator('main button').first().click();
  expect(await page.locator('[role=alert]').textContent()).toContain('验证码不正确');
  expect(await obstacles(page)).toEqual([]);

  await page.locator('[name=user_code]').fill(String(begun.user_code).toLowerCase());
  await page.locator('main button').first().click();
  const words = await page.locator('main').textContent();
  for (const one of [String(begun.user_code), 'Living room TV', 'tv.example', '本人', '请勿继续'])
    expect(words).toContain(one);
  expect(await obstacles(page)).toEqual([]);

  await page.locator('main button').first().click();
  await page.locator('[name=user][value=ada]').check();
  await page.locator('button').first().click();
  await page.locator('[value=allow]').click();
  expect(await page.locator('main').textContent()).toContain('回到设备');
  expect(await obstacles(page)).toEqual([]);
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
  const token = { grant_type, client_id: clientId, device_code: deviceCode };
  const { body } = await postForm(`${world.issuer}/oauth/token`, token);
  expect(body.scope).toContain('idp:google');
  world.remember(String(body.access_token), String(body.id_token));
}, 60_000);
