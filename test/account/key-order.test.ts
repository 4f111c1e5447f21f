import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createBrowser } from '../support/browser.ts';
import { createWorld } from '../support/world.ts';
import { walk } from './visitor.ts';

const [old, young] = [
  { id: 'old', key: randomBytes(32) },
  { id: 'young', key: randomBytes(32) },
];

it('a sign-in started at one process ends at another while the order of keys changes', async () => {
  const world = await createWorld({ keys: [old, young] });
  const { url } = await world.another({ keys: [young, old] });
  for (const [begin, end, user] of [
    [world.issuer, url, 'visitor-1'],
    [url, world.issuer, 'visitor-2'],
  ] as const) {
    const browser = createBrowser({ stopAt: [`${world.issuer}/account/callback`] });
    const start = await browser.submit(await browser.open(`${begin}/account`));
    const back = await walk(browser, start, { connection: 'google', user });
    expect(back.stopped).toBe(true);
    const page = await browser.open(end + back.url.pathname + back.url.search);
    expect([page.status, page.url.pathname]).toEqual([200, '/account']);
    expect(page.text).toContain('Google Working');
  }
});
