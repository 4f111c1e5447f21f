import { connect } from 'node:net';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { callApi } from '../support/api.ts';
import { createApp } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { createWorld, type World } from '../support/world.ts';

// The database accepts no connection, or strangers hold theirs open.

let world: World;
let token: string;

beforeAll(async () => {
  world = await createWorld();
  const app = await createApp(world);
  token = (await app.signIn({ connection: 'google', user: 'lin' })).access_token;
});

describe('while all connections to the database are taken', () => {
  it('requests get 503 with Retry-After, the process is not ready, and both recover soon after', async () => {
    const { pool } = world.database;
    const taken = await Promise.all(Array.from({ length: 10 }, () => pool.connect()));
    try {
      const ready = await fetch(`${world.issuer}/readyz`);
      expect([ready.status, ready.headers.get('retry-after')]).toEqual([503, '2']);
      expect((await fetch(`${world.issuer}/healthz`)).status).toBe(200);
      const begun = performance.now();
      const answers = await Promise.all([
        ...Array.from({ length: 40 }, () => callApi(world.issuer, '/v1/me/identities/google/token', token)),
        callApi(world.issuer, '/v1/me', token),
      ]);
      expect(performance.now() - begun).toBeLessThan(4_000);
      for (const { status, body, headers } of answers) {
        expect([status, body.code]).toEqual([503, 'unavailable']);
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      }
      const form = new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: 'x',
        client_id: 'app_x',
      });
      const refused = await fetch(`${world.issuer}/oauth/token`, { method: 'POST', body: form });
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    } finally {
      for (const client of taken) client.release();
    }
    expect((await callApi(world.issuer, '/v1/me/identities/google/token', token)).status).toBe(200);
    expect((await fetch(`${world.issuer}/readyz`)).status).toBe(200);
    expect(pool.waitingCount).toBe(0);
  });
});

describe('a body that does not come', () => {
  const within = { timeout: 10_000 };
  const strangers = [
    ['a message for no connection', '/connections/unknown/signals', 404],
    ['a message for a connection that takes none', '/connections/github/signals', 404],
    ['a sign-in at no connection', '/connections/unknown/callback', 404],
    ['a consent of no interaction', '/interaction/nothing/consent', 400],
    ['a form of the console without a session', '/console/apps/new', 303],
    ['a call of an API without a token', '/me/v1/connected-accounts/connect', 401],
    ['a call of the admin API without a token', '/admin/v1/apps', 401],
  ] as const;

  it.each(strangers)('is not waited for: %s', async (_what, path, status) => {
    const { answer } = beginPost(path);
    expect(await answer).toContain(`HTTP/1.1 ${status} `);
  });

  it('is waited for 64 times at once for a connection', async () => {
    const held = Array.from({ length: 64 }, () => beginPost('/connections/facebook/signals'));
    const whole = () =>
      fetch(`${world.issuer}/connections/facebook/signals`, {
        method: 'POST',
        body: new URLSearchParams({ signed_request: 'x' }),
      });
    const refused = await vi.waitFor(async () => {
      // A whole message may have had the place of one that is held, which was refused for it.
      held.push(beginPost('/connections/facebook/signals'));
      const answer = await whole();
      expect(answer.status).toBe(503);
      return answer;
    }, within);
    expect(refused.headers.get('retry-after')).toBe('2');
    for (const { socket } of held) socket.destroy();
    await vi.waitFor(async () => expect((await whole()).status).toBe(400), within);
  });
});

/** Sends the head of a request whose body never comes. */
function beginPost(path: string) {
  const { hostname, port, host, origin } = new URL(world.issuer);
  const socket = connect(Number(port), hostname);
  atEnd(() => void socket.destroy());
  const answer = new Promise<string>((resolve, reject) => {
    socket.once('data', (bytes) => resolve(bytes.toString()));
    socket.once('error', reject);
  });
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${host}`,
    `Origin: ${origin}`,
    'Content-Type: application/json',
  ];
  socket.write(`${[...head, 'Content-Length: 60000'].join('\r\n')}\r\n\r\n{`);
  return { socket, answer };
}
