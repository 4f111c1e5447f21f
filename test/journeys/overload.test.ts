import { beforeAll, describe, expect, it } from 'vitest';
import { callApi } from '../support/api.ts';
import { createApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';

// The database accepts no connection.

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
