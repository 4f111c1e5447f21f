import { beforeAll, expect, test } from 'vitest';
import { serveMetrics } from '../../src/http/metrics-server.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';

// While the database is unreachable people see the broker's own page, without texts of a provider or a
// library.

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world);
  await app.signIn({ connection: 'google', user: 'lin' });
});

async function withoutConnections(work: () => Promise<void>): Promise<void> {
  const taken = await Promise.all(Array.from({ length: 10 }, () => world.database.pool.connect()));
  try {
    await work();
  } finally {
    for (const client of taken) client.release();
  }
}

test('/authorize shows the broker’s error page, with Retry-After', async () => {
  const another = await createApp(world);
  const { url } = await another.start({ connection: 'google' });
  await withoutConnections(async () => {
    const headers = { accept: 'text/html,application/xhtml+xml' };
    for (const address of [url, new URL('/oidc/logout', url), new URL('/account', url)]) {
      const answer = await fetch(address, {
        headers: { ...headers, cookie: 'symbolon-account=s%3Ax.y; _session=x; _session.sig=y' },
        redirect: 'manual',
      });
      const page = await answer.text();
      if (answer.status < 400) continue;
      expect([address.pathname, answer.status]).toEqual([address.pathname, 503]);
      expect(answer.headers.get('retry-after')).toBe('2');
      expect(page).toContain('That did not work');
      expect(page).toContain('<code>unavailable</code>');
      expect(page).not.toContain('oops');
    }
    expect((await fetch(url, { headers, redirect: 'manual' })).status).toBe(503);
  });
});

test('the sign-in page does not blame the provider', async () => {
  const browser = createBrowser({ stopAt: ['https://app.example/'] });
  const chooser = await browser.open((await app.start()).url);
  const client = await world.database.pool.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE login_attempt IN ACCESS EXCLUSIVE MODE');
  try {
    const page = await browser.submit(chooser, { fields: { connection: 'google' } });
    expect(page.status).toBe(503);
    expect(page.text).toContain('Reference unavailable');
    expect(page.text).not.toMatch(/provider/i);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
});

test('the metrics scrape does not count itself among those that wait for a connection', async () => {
  const listener = await serveMetrics(world.broker.metrics, 0, '127.0.0.1');
  atEnd(() => listener.close());
  const waiting = async () => {
    const text = await (await fetch(`${listener.url}/metrics`)).text();
    return /^symbolon_database_connections\{state="waiting"\} (\d+)$/m.exec(text)?.[1];
  };
  await withoutConnections(async () => {
    const { pool } = world.database;
    const patient = pool.query('SELECT 1').catch(() => undefined);
    const others = pool.waitingCount;
    expect(others).toBeGreaterThan(0);
    // Background jobs of the process may be waiting too; the scrape itself has six queries and more.
    const told = Number(await waiting());
    expect(told).toBeGreaterThanOrEqual(others);
    expect(told).toBeLessThan(others + 3);
    await patient;
  });
});
