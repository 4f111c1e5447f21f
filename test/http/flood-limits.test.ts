import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { beforeAll, describe, expect, it, vi } from 'vitest';
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
    ['/realms/symbolon/protocol/openid-connect/registrations?client_id=none', '203.0.113.4', /json|html/],
    ['/interaction/none', '203.0.113.5', /json|html/],
    ['/v2/logout?client_id=none', '203.0.113.6', /json|html/],
  ])('is limited at %s, and other addresses are not', async (path, address, type) => {
    const counts = await statuses(limits.address + 3, () => page(path, address));
    expect(counts[429]).toBe(3);
    const refused = await page(path, address);
    expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d?$/);
    expect(refused.headers.get('content-type')).toMatch(type);
    expect((await page(path, '203.0.113.99')).status).not.toBe(429);
  });

  it.each([
    ['/branding/deployment.css', '203.0.113.21'],
    ['/branding/deployment/logo', '203.0.113.22'],
    ['/connections/github/logo', '203.0.113.23'],
    ['/MP_verify_Aa0Bb1Cc2Dd3Ee4F.txt', '203.0.113.24'],
  ])('is limited at the file %s, which the pages do not notice', async (path, address) => {
    const counts = await statuses(limits.address + 3, () => page(path, address));
    expect(counts).toEqual({ 404: limits.address, 429: 3 });
    expect((await page('/authorize?client_id=none', address)).status).not.toBe(429);
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

  it('sends tokens in bodies, and wrong ones refuse no other', async () => {
    const send = () =>
      fetch(`${world.issuer}/userinfo`, {
        method: 'POST',
        headers: { 'x-forwarded-for': '203.0.113.14' },
        body: new URLSearchParams({ access_token: randomUUID() }),
      });
    const times = limits.wrongCredentials + 3;
    expect(await statuses(times, send)).toEqual({ 401: times });
  });

  it('names long ids, and no counter keeps them', async () => {
    const counted = vi.spyOn(RateLimiterMemory.prototype, 'penalty');
    const send = () =>
      fetch(`${world.issuer}/oauth/token`, {
        method: 'POST',
        headers: { 'x-forwarded-for': '203.0.113.15' },
        body: new URLSearchParams({ client_id: 'x'.repeat(50_000), grant_type: 'client_credentials' }),
      });
    expect(await statuses(2, send)).toEqual({ 401: 2 });
    const lengths = counted.mock.calls.map(([key]) => String(key).length);
    counted.mockRestore();
    expect(lengths).toHaveLength(2);
    expect(Math.max(...lengths)).toBeLessThan(200);
  });

  it('sends broken assertions of a proven client, and the client is not refused', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwk = { ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' };
    const created = await admin(world.adminToken, '198.51.100.1', 'POST', '/apps', {
      name: 'b',
      type: 'service',
      redirect_uris: [],
      jwks: { keys: [jwk] },
    });
    const { client_id: id } = (await created.json()) as { client_id: string };
    const assertion = () =>
      new SignJWT({ jti: randomUUID() })
        .setProtectedHeader({ alg: 'ES256' })
        .setIssuer(id)
        .setSubject(id)
        .setAudience(world.issuer)
        .setIssuedAt(new Date())
        .setExpirationTime('1m')
        .sign(privateKey);
    const send = (address: string, form: Record<string, string>) =>
      fetch(`${world.issuer}/oauth/token`, {
        method: 'POST',
        headers: { 'x-forwarded-for': address },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          resource: `${world.issuer}/v1`,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          ...form,
        }),
      });
    const proper = async (address: string) => await send(address, { client_assertion: await assertion() });
    expect((await proper('203.0.113.16')).status).toBe(200);
    const guess = await assertion();
    const broken = { client_assertion: guess, client_assertion_type: 'other' };
    const counts = await statuses(limits.client + 5, () => send('203.0.113.16', broken));
    expect(counts).toEqual({ 400: limits.client + 5 });
    expect((await proper('203.0.113.16')).status).toBe(200);
    expect((await proper('203.0.113.17')).status).toBe(200);
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
