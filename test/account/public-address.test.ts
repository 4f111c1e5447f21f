import { randomBytes } from 'node:crypto';
import { request } from 'undici';
import { expect, it, vi } from 'vitest';
import { createBroker } from '../../src/assembly/broker.ts';
import { registerLab } from '../../src/assembly/developer-mode.ts';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { createLog } from '../../src/kit/log.ts';
import { createLab } from '../../src/lab/lab.ts';
import { atEnd } from '../support/at-end.ts';
import { createBrowser } from '../support/browser.ts';
import { testClock } from '../support/clock.ts';
import { freshDatabase } from '../support/database.ts';
import { walk } from './visitor.ts';

const issuer = 'https://broker.example';

/** Requests for the public address go through a TLS proxy in front of the broker, all others directly. */
function throughProxy(port: number): typeof fetch {
  const straight = globalThis.fetch;
  return async (target, init) => {
    const url = new URL(String(target));
    if (url.origin !== issuer) return await straight(target, init);
    const { statusCode, headers, body } = await request(
      `http://localhost:${port}${url.pathname}${url.search}`,
      {
        method: init?.method === 'POST' ? 'POST' : 'GET',
        headers: {
          ...Object.fromEntries(new Headers(init?.headers)),
          ...(init?.body instanceof URLSearchParams && {
            'content-type': 'application/x-www-form-urlencoded',
          }),
          host: 'broker.example',
          'x-forwarded-proto': 'https',
          'x-forwarded-for': '192.0.2.7',
        },
        ...(init?.body && { body: String(init.body) }),
      },
    );
    const given = Object.entries(headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((one): [string, string] => [name, one]),
    );
    return new Response(await body.text(), { status: statusCode, headers: given });
  };
}

it('the page signs people in if its public address is a proxy that cannot be reached from inside', async () => {
  const database = await freshDatabase();
  const clock = testClock();
  const lab = await createLab({ clock, redirectOrigins: [issuer] }).listen(0);
  const broker = await createBroker({
    issuer,
    trustedProxyHops: 1,
    allowLoopbackHosts: false,
    allowedPrivateHosts: [new URL(lab.url).host],
    adminApiToken: undefined,
    spillDirectory: 'test-results/unsaved',
    database,
    keyring: createKeyring([{ id: 'test', key: randomBytes(32) }]),
    clock,
    log: createLog('silent'),
  });
  atEnd(async () => {
    vi.unstubAllGlobals();
    await broker.close();
    await lab.close();
  });
  const port = await broker.listen(0, '127.0.0.1');
  await registerLab(broker, lab);
  vi.stubGlobal('fetch', throughProxy(port));

  const browser = createBrowser();
  const start = await browser.submit(await browser.open(`${issuer}/account`));
  const page = await walk(browser, start, { connection: 'google', user: 'lin' });
  expect([page.status, page.url.href]).toEqual([200, `${issuer}/account`]);
  expect(page.text).toContain('Google Working');
  expect(browser.cookies.get('__Host-symbolon-account')).toBeDefined();
});
