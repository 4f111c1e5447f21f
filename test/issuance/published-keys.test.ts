import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as client from 'openid-client';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { minutes } from '../../src/kit/clock.ts';
import { atEnd } from '../support/at-end.ts';
import { post } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';

// An app that publishes its keys at an address of its own (jwks_uri), and changes them by itself.

let room: Room;
let address: string;
let appId: string;
/** What the address answers. */
let published: { status: number; body: string; headers?: Record<string, string> };
let fetches: number;
let made = 0;

async function newKey(kid: string | undefined) {
  const pair = await generateKeyPair('ES256', { extractable: true });
  return {
    kid,
    private: pair.privateKey,
    public: { ...(await exportJWK(pair.publicKey)), ...(kid && { kid }) },
  };
}

type Key = Awaited<ReturnType<typeof newKey>>;
let first: Key;

const publish = (...keys: object[]) => {
  published = { status: 200, body: JSON.stringify({ keys }) };
};

beforeAll(async () => {
  room = await openRoom();
  const server = createServer((_request, response) => {
    fetches += 1;
    response.writeHead(published.status, published.headers).end(published.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => new Promise((resolve) => server.close(resolve)));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  first = await newKey('one');
});

beforeEach(async () => {
  publish(first.public);
  fetches = 0;
  const { app, clientSecret } = await room.issuance.apps.create({
    name: 'Publishes',
    type: 'service',
    connections: [{ connection: 'wechat', background: true }],
    jwksUri: `${address}/${++made}`,
  });
  expect(clientSecret).toBeUndefined();
  appId = app.id;
});

const soon = () => Math.floor(Date.now() / 1000) + 60;

async function ask(key: Key, header: object = {}): Promise<number> {
  const assertion = await new SignJWT({
    iss: appId,
    sub: appId,
    aud: room.issuer,
    jti: `j${++made}`,
    exp: soon(),
  })
    .setProtectedHeader({ alg: 'ES256', ...(key.kid !== undefined && { kid: key.kid }), ...header })
    .sign(key.private);
  const { status } = await post(`${room.issuer}/oauth/token`, {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  });
  return status;
}

describe('published keys', () => {
  it('authenticate openid-client, unmodified, with one fetch for many requests', async () => {
    const config = await client.discovery(
      new URL(room.issuer),
      appId,
      undefined,
      client.PrivateKeyJwt({ key: first.private, kid: 'one' }),
      { execute: [client.allowInsecureRequests] },
    );
    for (const scope of ['idp:wechat', 'idp:wechat'])
      expect((await client.clientCredentialsGrant(config, { scope })).access_token).toBeDefined();
    expect(fetches).toBe(1);
  });

  it('change without an operator: a new key counts at once, a withdrawn one ends within ten minutes', async () => {
    expect(await ask(first)).toBe(200);
    const second = await newKey('two');
    publish(second.public);
    expect([await ask(second), fetches]).toEqual([200, 2]);
    expect(await ask(first)).toBe(401);
    publish(first.public);
    expect(await ask(second)).toBe(200);
    room.clock.advance(minutes(11));
    expect(await ask(second)).toBe(401);
  });

  it('without a name are fetched each minute, since only a failure could tell of a new one', async () => {
    const [old, next] = [await newKey(undefined), await newKey(undefined)];
    publish(old.public);
    expect(await ask(old)).toBe(200);
    publish(next.public);
    expect([await ask(next), fetches]).toEqual([401, 1]);
    room.clock.advance(minutes(2));
    expect(await ask(next)).toBe(200);
  });

  it('are asked for five times a minute at most, however many unknown keys callers name', async () => {
    expect(await ask(first)).toBe(200);
    for (let tries = 0; tries < 8; tries += 1)
      expect(await ask(first, { kid: `made-up-${tries}` })).toBe(401);
    expect(fetches).toBe(5);
    expect(await ask(first)).toBe(200);
  });

  it('stay in use for an hour while the address does not answer', async () => {
    expect(await ask(first)).toBe(200);
    published = { status: 503, body: '' };
    room.clock.advance(minutes(50));
    expect(await ask(first)).toBe(200);
    room.clock.advance(minutes(20));
    expect(await ask(first)).toBe(401);
    expect(room.logLines.join('')).toContain('the keys of an app cannot be fetched');
  });

  it.each<[string, () => typeof published]>([
    [
      'redirects elsewhere',
      () => ({ status: 302, body: '', headers: { location: `${room.issuer}/.well-known/jwks.json` } }),
    ],
    [
      'is too big',
      () => ({ status: 200, body: JSON.stringify({ keys: [first.public], pad: 'x'.repeat(70_000) }) }),
    ],
    ['is no key set', () => ({ status: 200, body: '<html>' })],
    [
      'has a private key',
      () => ({ status: 200, body: JSON.stringify({ keys: [{ ...first.public, d: 'x' }] }) }),
    ],
    [
      'has a key for encryption',
      () => ({ status: 200, body: JSON.stringify({ keys: [{ ...first.public, use: 'enc' }] }) }),
    ],
    [
      'has a secret',
      () => ({ status: 200, body: JSON.stringify({ keys: [{ kty: 'oct', k: 'AAAA', kid: 'one' }] }) }),
    ],
  ])('do not count where the answer %s', async (_name, answer) => {
    published = answer();
    expect(await ask(first)).toBe(401);
    await expect(room.issuance.fetchClientKeys(`${address}/check`)).rejects.toMatchObject({
      name: 'KeySetError',
    });
  });

  it('sign requests too, and are not fetched for a request without a signature', async () => {
    const { app } = await room.issuance.apps.create({
      name: 'Signs',
      type: 'web',
      redirectUris: ['https://app.example/cb'],
      jwksUri: `${address}/signs`,
      requireSignedRequestObject: true,
    });
    const parameters = { client_id: app.id, redirect_uri: 'https://app.example/cb', response_type: 'code' };
    const unsigned = await fetch(`${room.issuer}/authorize?${new URLSearchParams(parameters)}`, {
      redirect: 'manual',
    });
    expect([unsigned.headers.get('location')?.includes('invalid_request'), fetches]).toEqual([true, 0]);
    const request = await new SignJWT({
      ...parameters,
      ...{ scope: 'openid', code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' },
      ...{ iss: app.id, aud: room.issuer, exp: soon() },
    })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .sign(first.private);
    const query = new URLSearchParams({ client_id: app.id, request });
    const signed = await fetch(`${room.issuer}/authorize?${query}`, { redirect: 'manual' });
    expect(signed.headers.get('location')).toMatch(/^\/interaction\//);
  });
});

describe('an address of keys', () => {
  it.each([
    'http://keys.example/jwks.json',
    'https://10.0.0.1/jwks.json',
    'https://169.254.169.254/latest',
    'https://[::1]/jwks.json',
    'file:///etc/passwd',
    'nonsense',
  ])('%s is refused, and the app stays as it is', async (jwksUri) => {
    await expect(room.issuance.apps.update(appId, { jwksUri })).rejects.toMatchObject({ status: 422 });
    expect((await room.issuance.apps.get(appId))?.jwksUri).toBe(`${address}/${made}`);
  });

  it('whose name leads to an internal address is not called', async () => {
    const fetching = room.issuance.fetchClientKeys(`https://localhost:${new URL(address).port}/`);
    await expect(fetching).rejects.toThrow('refused-address');
  });

  it('stands in place of keys and secret, and is for apps that can keep one', async () => {
    const { apps } = room.issuance;
    const jwks = { keys: [first.public] };
    await expect(apps.update(appId, { jwks: jwks as never })).rejects.toMatchObject({ status: 422 });
    await expect(apps.rotateSecret(appId)).rejects.toMatchObject({ status: 409 });
    const redirectUris = ['https://app.example/cb'];
    await expect(
      apps.create({ name: 'Spa', type: 'spa', redirectUris, jwksUri: address }),
    ).rejects.toMatchObject({ status: 422 });
    expect((await apps.update(appId, { jwks: jwks as never, jwksUri: null })).jwks?.keys).toHaveLength(1);
  });
});
