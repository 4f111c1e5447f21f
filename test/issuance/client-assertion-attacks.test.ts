import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as client from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { post } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';

// An app that authenticates with a key of its own (private_key_jwt, RFC 7523).

let room: Room;
let appId: string;
let key: CryptoKey;
let foreign: CryptoKey;

beforeAll(async () => {
  room = await openRoom();
  const pair = await generateKeyPair('ES256', { extractable: true });
  key = pair.privateKey;
  foreign = (await generateKeyPair('ES256')).privateKey;
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256' }] };
  const { app, clientSecret } = await room.issuance.apps.create({
    name: 'With a key',
    type: 'service',
    connections: [{ connection: 'wechat', background: true }],
    introspects: [`${room.issuer}/v1`],
    jwks: jwks,
  });
  appId = app.id;
  expect(clientSecret).toBeUndefined();
});

const now = () => Math.floor(Date.now() / 1000);
let made = 0;

async function assertion(
  change: Record<string, unknown> = {},
  by = key,
  header: object = {},
): Promise<string> {
  const payload = {
    iss: appId,
    sub: appId,
    aud: room.issuer,
    jti: `jti-${++made}`,
    exp: now() + 60,
    ...change,
  };
  return await new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header }).sign(by);
}

const send = (client_assertion: string, more: Record<string, string> = {}) =>
  post(`${room.issuer}/oauth/token`, {
    grant_type: 'client_credentials',
    scope: 'idp:wechat',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion,
    ...more,
  });

const refusedClient = { status: 401, body: { error: 'invalid_client' } };

describe('a client assertion', () => {
  it('authenticates openid-client unmodified, at every endpoint', async () => {
    const config = await client.discovery(
      new URL(room.issuer),
      appId,
      undefined,
      client.PrivateKeyJwt({ key, kid: 'k1' }),
      { execute: [client.allowInsecureRequests] },
    );
    expect(config.serverMetadata().token_endpoint_auth_methods_supported).toContain('private_key_jwt');
    const { access_token, scope } = await client.clientCredentialsGrant(config, { scope: 'idp:wechat' });
    expect(scope).toBe('idp:wechat');
    expect((await client.tokenIntrospection(config, access_token)).active).toBe(true);
    await client.tokenRevocation(config, access_token);
    expect((await client.tokenIntrospection(config, access_token)).active).toBe(false);
  });

  it('may name the token endpoint, and is accepted once, also at two processes at the same moment', async () => {
    const peer = await openRoom({ database: room.database, issuer: room.issuer });
    const once = await assertion({ aud: `${room.issuer}/oauth/token` });
    const form = {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: once,
    };
    const answers = await Promise.all(
      [room.address, peer.address, room.address, peer.address].map((at) => post(`${at}/oauth/token`, form)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
    expect(await send(once)).toMatchObject(refusedClient);
  });

  it.each<[string, Record<string, unknown>]>([
    ['a list of audiences', { aud: ['https://other.example', 'ISSUER'] }],
    ['a list of one', { aud: ['ISSUER'] }],
    ['the token endpoint of another server', { aud: 'https://other.example/oauth/token' }],
    ['no audience', { aud: undefined }],
    ['no end', { exp: undefined }],
    ['an end that is past', { exp: 1_000_000_000 }],
    ['an end that is far away', { exp: 4_000_000_000 }],
    ['no jti', { jti: undefined }],
    ['another issuer than subject', { iss: 'app_other' }],
    ['no issuer', { iss: undefined }],
    ['a beginning in the future', { nbf: 4_000_000_000 }],
  ])('with %s is refused', async (_name, change) => {
    const aud = JSON.parse(JSON.stringify(change.aud ?? null).replace('ISSUER', room.issuer));
    const made = await assertion('aud' in change ? { ...change, aud: aud ?? undefined } : change);
    expect(await send(made)).toMatchObject(refusedClient);
  });

  it('of another key, another algorithm, or none is refused', async () => {
    expect(await send(await assertion({}, foreign))).toMatchObject(refusedClient);
    const [, payload] = (await assertion()).split('.');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    expect((await send(none)).status).toBeOneOf([400, 401]);
    const hmac = await new SignJWT({ iss: appId, sub: appId, aud: room.issuer, jti: 'h', exp: now() + 60 })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(JSON.stringify(await room.issuance.apps.get(appId))));
    expect(await send(hmac)).toMatchObject(refusedClient);
    expect((await send('not.a.jwt')).status).toBeOneOf([400, 401]);
  });

  it('is the only authentication of such an app, and of no other', async () => {
    const secret = { grant_type: 'client_credentials', client_id: appId, client_secret: 'none' };
    expect(await post(`${room.issuer}/oauth/token`, secret)).toMatchObject(refusedClient);
    expect((await send(await assertion(), { client_secret: 'x' })).status).toBe(400);
    expect((await send(await assertion(), { client_id: 'app_other' })).status).toBe(400);
    const { app } = await room.issuance.apps.create({ name: 'With a secret', type: 'service' });
    expect(await send(await assertion({ iss: app.id, sub: app.id }))).toMatchObject(refusedClient);
    await expect(room.issuance.apps.rotateSecret(appId)).rejects.toMatchObject({ status: 409 });
  });
});

describe('the keys of an app', () => {
  it('are public, strong, and of an app that can keep secrets', async () => {
    const { apps } = room.issuance;
    const make = (jwks: { keys: Record<string, unknown>[] }, type: 'service' | 'spa' = 'service') =>
      apps.create({
        name: 'Key',
        type,
        redirectUris: type === 'spa' ? ['https://app.example/cb'] : [],
        jwks: jwks,
      });
    const good = await exportJWK((await generateKeyPair('RS256', { extractable: true })).publicKey);
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const short = crypto.subtle.generateKey(
      {
        name: 'RSASSA-PKCS1-v1_5',
        modulusLength: 1024,
        publicExponent: new Uint8Array([1, 0, 1]),
        hash: 'SHA-256',
      },
      true,
      ['sign', 'verify'],
    );
    const weak = await exportJWK((await short).publicKey);
    for (const key of [
      await exportJWK(privateKey),
      weak,
      { kty: 'oct', k: 'c2VjcmV0' },
      { ...good, n: '!' },
      { ...good, e: 'AQ' },
      { ...good, e: 'Aw' },
      { ...good, e: 'AQAA' },
      { ...good, e: 'AQAAAAE' },
      { ...good, kid: 'a\u0007' },
    ]) {
      await expect(make({ keys: [{ ...key }] }), JSON.stringify(key)).rejects.toMatchObject({ status: 422 });
    }
    const named = { ...(await exportJWK(publicKey)), kid: 'k1' };
    await expect(make({ keys: [{ ...good, kid: 'k1' }, named] })).rejects.toMatchObject({ status: 422 });
    await expect(make({ keys: [] })).rejects.toMatchObject({ status: 422 });
    await expect(make({ keys: [{ ...good }] }, 'spa')).rejects.toMatchObject({ status: 422 });
    const { app } = await make({ keys: [{ ...good }, { ...(await exportJWK(publicKey)) }] });
    expect((await apps.update(app.id, { name: 'Renamed' })).jwks?.keys).toHaveLength(2);
    expect((await apps.update(app.id, { jwks: null })).jwks).toBeNull();
    expect((await apps.rotateSecret(app.id)).reveal().length).toBeGreaterThan(40);
  });

  it('and its addresses that were stored before a rule stay valid, except a key with which anyone can sign', async () => {
    const { apps } = room.issuance;
    const { app } = await apps.create({ name: 'Old', type: 'web', redirectUris: ['https://app.example/cb'] });
    const good = await exportJWK((await generateKeyPair('RS256', { extractable: true })).publicKey);
    const old = { ...good, kid: 'a', e: 'Aw' };
    const jwks = { keys: [old, old, { ...good, e: 'AQ' }] } as object;
    const uri = 'https://app.example\\cb';
    await room.database.prisma.app.update({ where: { id: app.id }, data: { jwks, redirectUris: [uri] } });
    await room.adopt();
    const renamed = await apps.update(app.id, { name: 'Renamed' });
    expect(renamed).toMatchObject({ name: 'Renamed', redirectUris: [uri], jwks: { keys: [old, old] } });
  });
});
