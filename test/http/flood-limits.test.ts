import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../support/world.ts';

// Limits by address and by caller. The proxy in front names the address of each person.

const limits = { address: 30, client: 40, wrongCredentials: 5 };
let world: World;
let app: { client_id: string; client_secret: string };

beforeAll(async () => {
  world = await createWorld({ floodLimits: limits, trustedProxyHops: 1 });
  app = await createService();
});

async function createService(): Promise<typeof app> {
  const response = await admin(world.adminToken, '198.51.100.1', 'POST', '/apps', {
    name: 'a',
    type: 'service',
    redirect_uris: [],
  });
  expect(response.status).toBe(201);
  return (await response.json()) as typeof app;
}

function admin(
  token: string,
  address: string,
  method: string,
  path: string,
  body?: object,
): Promise<Response> {
  return fetch(`${world.issuer}/admin/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'x-forwarded-for': address,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
}

const page = (path: string, address: string) =>
  fetch(`${world.issuer}${path}`, { headers: { 'x-forwarded-for': address }, redirect: 'manual' });

const token = (address: string, id = app.client_id, secret = app.client_secret, path = '/oauth/token') =>
  fetch(`${world.issuer}${path}`, {
    method: 'POST',
    headers: { 'x-forwarded-for': address, authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: `${world.issuer}/v1` }),
  });

/** Returns how often each status came. */
async function statuses(times: number, send: () => Promise<Response>): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (let time = 0; time < times; time += 1) {
    const response = await send();
    await response.arrayBuffer();
    counts[response.status] = (counts[response.status] ?? 0) + 1;
  }
  return counts;
}

describe('one address', () => {
  it.each([
    ['/authorize?client_id=none', '203.0.113.1', /text\/html/],
    ['/connections/github/callback?state=x', '203.0.113.2', /text\/html/],
    ['/realms/symbolon/protocol/openid-connect/auth?client_id=none', '203.0.113.3', /json|html/],
  ])('is limited at %s, and other addresses are not', async (path, address, type) => {
    const counts = await statuses(limits.address + 3, () => page(path, address));
    expect(counts[429]).toBe(3);
    const refused = await page(path, address);
    expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d?$/);
    expect(refused.headers.get('content-type')).toMatch(type);
    expect((await page(path, '203.0.113.99')).status).not.toBe(429);
  });

  it('is an IPv6 customer’s whole network', async () => {
    let host = 0;
    const next = () => {
      host += 1;
      return page('/authorize?client_id=none', `2001:db8:1:2${host % 9}::${host}`);
    };
    expect((await statuses(limits.address + 2, next))[429]).toBe(2);
    expect((await page('/authorize?client_id=none', '2001:db8:1:102::1')).status).not.toBe(429);
  });

  it('guesses secrets of an app without locking the app out', async () => {
    const address = '203.0.113.10';
    expect((await token(address)).status).toBe(200);
    const guesses = await statuses(limits.address + 5, () => token(address, app.client_id, randomUUID()));
    expect(guesses).toEqual({ 401: limits.address - 1, 429: 6 });
    expect((await token(address)).status).toBe(200);
    expect((await token('203.0.113.11')).status).toBe(200);
  });

  it('tries one wrong secret again and again, and is told to wait', async () => {
    const wrong = () => token('203.0.113.12', app.client_id, 'wrong');
    expect(await statuses(limits.wrongCredentials + 2, wrong)).toEqual({
      401: limits.wrongCredentials,
      429: 2,
    });
    const refused = await wrong();
    expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d?$/);
    expect(await refused.json()).toMatchObject({ error: expect.any(String) as string });
    expect((await token('203.0.113.12')).status).toBe(200);
  });

  it('guesses admin tokens without locking the admin out', async () => {
    const address = '203.0.113.13';
    const as = (bearer: string) => admin(bearer, address, 'GET', '/apps');
    expect((await as(world.adminToken)).status).toBe(200);
    const guesses = await statuses(limits.address + 5, () => as(randomUUID()));
    expect(guesses[429]).toBe(6);
    expect((await as(world.adminToken)).status).toBe(200);
    expect(await (await as(randomUUID())).json()).toMatchObject({ code: 'too_many_requests' });
  });
});

describe('one client', () => {
  it('is limited once it has authenticated, from all its addresses', async () => {
    const busy = await createService();
    let host = 0;
    const counts = await statuses(limits.client + 3, () => {
      host += 1;
      return token(`203.0.113.${100 + (host % 5)}`, busy.client_id, busy.client_secret);
    });
    expect(counts).toEqual({ 200: limits.client, 429: 3 });
    expect((await token('203.0.113.12')).status).toBe(200);
  });
});

it('counts refusals in the metrics', async () => {
  const text = await world.broker.metrics.text();
  for (const limit of ['address', 'client', 'wrong_credentials'])
    expect(text).toMatch(new RegExp(`symbolon_requests_limited_total\\{limit="${limit}"\\} [1-9]`));
});

it('limits no address that a proxy hides, and says so once', async () => {
  const behind = await createWorld({ floodLimits: limits });
  const send = () =>
    fetch(`${behind.issuer}/authorize?client_id=none`, { headers: { 'x-forwarded-for': '203.0.113.1' } });
  expect((await statuses(limits.address + 3, send))[429]).toBeUndefined();
  expect(behind.logged().match(/TRUSTED_PROXY_HOPS: a proxy states/g)).toHaveLength(1);
  const direct = () => fetch(`${behind.issuer}/authorize?client_id=none`);
  expect((await statuses(limits.address + 3, direct))[429]).toBe(3);
});
