import type { ServerResponse } from 'node:http';
import { exportJWK, type GenerateKeyPairResult, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../src/kit/clock.ts';
import { failureOf } from './failure-of.ts';
import { createProviderWorld, type ProviderWorld } from './provider-world.ts';

// A provider signs with keys that it publishes: any safe algorithm is accepted, and the keys are fetched
// once.

let world: ProviderWorld;
let misled: ProviderWorld['misled'];

beforeAll(async () => {
  world = await createProviderWorld('openid-connect', 'strict');
});

beforeEach(() => {
  // An upstream with an empty key cache.
  misled = world.withOptions({}, { issuer: world.rogue.url }).misled;
});

const run = { code: 'rogue-code', iss: undefined, verifier: 'v'.repeat(43), nonce: 'the-nonce' };
const secrets = ['rogue-access-token'];

interface Key {
  readonly kid: string | undefined;
  readonly alg: string;
  readonly pair: GenerateKeyPairResult;
}

async function keyOf(alg: string, kid: string | undefined = alg): Promise<Key> {
  return { kid, alg, pair: await generateKeyPair(alg) };
}

async function published(...keys: Key[]) {
  const all = keys.map(async ({ kid, alg, pair }) => ({
    ...(await exportJWK(pair.publicKey)),
    ...{ alg, use: 'sig', ...(kid !== undefined && { kid }) },
  }));
  return { keys: await Promise.all(all) };
}

function claims(more: object = {}): JWTPayload {
  const now = Math.floor(world.clock.now().getTime() / 1000);
  const { clientId } = world.registration;
  return {
    iss: world.rogue.url,
    aud: clientId,
    sub: '1234',
    nonce: run.nonce,
    iat: now,
    exp: now + 600,
    ...more,
  };
}

function signed({ alg, kid, pair }: Key, payload: JWTPayload): Promise<string> {
  return new SignJWT(payload)
    .setProtectedHeader({ alg, ...(kid !== undefined && { kid }) })
    .sign(pair.privateKey);
}

async function says(key: Key, jwks: object, more: { idToken?: object; userinfo?: object | string } = {}) {
  world.rogue.says({
    '/token': {
      ...{ access_token: 'rogue-access-token', token_type: 'Bearer', expires_in: 60 },
      id_token: await signed(key, claims(more.idToken)),
    },
    '/userinfo': more.userinfo ?? { sub: '1234', name: 'Bob' },
    '/jwks': jwks,
  });
}

const fetches = () => world.rogue.asked.filter((asked) => asked === 'GET /jwks').length;

describe('an ID token', () => {
  it.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'])(
    'signed by %s is accepted unless the connection names another',
    async (alg) => {
      const key = await keyOf(alg);
      await says(key, await published(key));
      expect((await misled.signIn(run)).account).toMatchObject({ subject: '1234', name: 'Bob' });

      const named = world.withOptions({ id_token_algorithm: alg }, { issuer: world.rogue.url }).misled;
      expect((await named.signIn(run)).account.subject).toBe('1234');
      const another = alg === 'ES256' ? 'RS256' : 'ES256';
      const other = world.withOptions({ id_token_algorithm: another }, { issuer: world.rogue.url }).misled;
      expect((await failureOf(other.signIn(run), secrets)).failure.kind).toBe('unknown');
    },
  );

  it.each(['HS256', 'HS512'])(
    'signed with the client secret by %s is accepted if the connection says so',
    async (alg) => {
      const secret = new TextEncoder().encode(world.registration.clientSecret?.reveal());
      const id_token = await new SignJWT(claims()).setProtectedHeader({ alg }).sign(secret);
      world.rogue.says({
        '/token': { access_token: 'rogue-access-token', token_type: 'Bearer', id_token },
        '/userinfo': { sub: '1234' },
      });
      expect((await failureOf(misled.signIn(run), secrets)).failure.kind).toBe('unknown');
      const named = world.withOptions({ id_token_algorithm: alg }, { issuer: world.rogue.url }).misled;
      expect((await named.signIn(run)).account.subject).toBe('1234');
    },
  );
});

describe('the keys of a provider', () => {
  it('are fetched once for many sign-ins, and for no refresh', async () => {
    const key = await keyOf('ES256');
    await says(key, await published(key));
    const { tokens } = await misled.signIn(run);
    for (let time = 0; time < 5; time += 1) await misled.signIn(run);
    expect(fetches()).toBe(1);
    if (!tokens) throw new Error('no tokens');
    world.rogue.says({ '/refresh': { access_token: 'rogue-access-token', token_type: 'Bearer' } });
    await misled.refresh({ ...tokens, refreshToken: tokens.accessToken });
    expect(fetches()).toBe(0);
    world.clock.advance(minutes(11));
    await says(key, await published(key));
    await misled.signIn(run);
    await misled.signIn(run);
    expect(fetches()).toBe(1);
  });

  it.each([
    ['another id', 'new'],
    ['the same id', 'old'],
    ['no id', undefined],
  ])('are fetched once more after a rotation for some of %s', async (_what, kid) => {
    const before = await keyOf('RS256', kid === undefined ? undefined : 'old');
    await says(before, await published(before));
    await misled.signIn(run);
    const after = await keyOf('RS256', kid);
    await says(after, await published(after));
    for (let time = 0; time < 3; time += 1) expect((await misled.signIn(run)).account.subject).toBe('1234');
    expect(fetches()).toBe(1);
  });

  it('are not fetched again for each token that they have not signed', async () => {
    const key = await keyOf('ES256');
    const forged = await keyOf('ES256', 'forged');
    await says(key, await published(key));
    await misled.signIn(run);
    await says(forged, await published(key));
    for (let time = 0; time < 12; time += 1) await failureOf(misled.signIn(run), secrets);
    expect(fetches()).toBe(5);
    world.clock.advance(seconds(61));
    await failureOf(misled.signIn(run), secrets);
    expect(fetches()).toBe(6);
  });

  it.each([503, 404, 200])(
    'are answered by %s and no keys once, and the sign-in succeeds',
    async (status) => {
      const key = await keyOf('ES256');
      const keys = await published(key);
      let asked = 0;
      await says(key, (_request: unknown, response: ServerResponse) => {
        asked += 1;
        if (asked > 1)
          response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(keys));
        else response.writeHead(status).end('<!doctype html>');
      });
      expect((await misled.signIn(run)).account.subject).toBe('1234');
      expect(asked).toBe(2);
    },
  );

  it('are used from the cache while their provider fails, but not for ever', async () => {
    const key = await keyOf('ES256');
    const trouble = (_request: unknown, response: { writeHead(status: number): { end(): void } }) =>
      response.writeHead(503).end();
    await says(key, await published(key));
    await misled.signIn(run);
    world.clock.advance(minutes(30));
    await says(key, trouble);
    expect((await misled.signIn(run)).account.subject).toBe('1234');
    world.clock.advance(minutes(100));
    await says(key, trouble);
    const error = await failureOf(misled.signIn(run), secrets);
    expect(error.failure.kind).toBe('unavailable');
  });
});

describe('userinfo that is signed', () => {
  const told = { name: 'Mo Sample', email: 'mo@example.com', email_verified: true };

  it('is accepted if it is signed by the issuer for this client', async () => {
    const key = await keyOf('ES256');
    const userinfo = await signed(key, claims({ ...told }));
    await says(key, await published(key), { userinfo });
    const { account } = await misled.signIn(run);
    expect(account).toMatchObject({ name: 'Mo Sample', email: 'mo@example.com', emailVerified: true });
    expect(fetches()).toBe(1);
  });

  it.each<[string, object]>([
    ['for another client', { aud: 'another' }],
    ['by another issuer', { iss: 'https://attacker.example' }],
    ['by no issuer in particular', { iss: undefined }],
    ['long ago', { exp: 1_000_000 }],
  ])('%s is ignored', async (_what, wrong) => {
    const key = await keyOf('ES256');
    await says(key, await published(key), { userinfo: await signed(key, claims({ ...told, ...wrong })) });
    expect((await misled.signIn(run)).account).toMatchObject({ subject: '1234', name: undefined });
  });

  it('is ignored if signed by an unpublished key, or not at all', async () => {
    const key = await keyOf('ES256');
    const [, payload] = (await signed(key, claims({ ...told }))).split('.');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    for (const userinfo of [await signed(await keyOf('ES256'), claims({ ...told })), none]) {
      await says(key, await published(key), { userinfo });
      expect((await misled.signIn(run)).account).toMatchObject({ subject: '1234', name: undefined });
    }
  });

  it('about another subject ends the sign-in', async () => {
    const key = await keyOf('ES256');
    await says(key, await published(key), { userinfo: await signed(key, claims({ ...told, sub: '5678' })) });
    expect(await failureOf(misled.signIn(run), secrets)).toMatchObject({
      step: 'profile',
      code: 'sub_mismatch',
    });
  });
});
