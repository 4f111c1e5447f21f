import { createServer } from 'node:http';
import express from 'express';
import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { authenticationOf, requireToken } from '../../src/client/express.ts';
import { createVerifier } from '../../src/client/verifier.ts';
import { serve } from '../clients/stage.ts';
import { createApp } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { createWorld, freePort } from '../support/world.ts';

const audience = 'https://api.example';

it('Express: tokens of the real broker pass for their API alone, with their scopes', async () => {
  const world = await createWorld();
  const scopes = [
    { name: 'read:notes', description: 'read' },
    { name: 'write:notes', description: 'write' },
  ];
  await world.broker.issuance.apis.create({ identifier: audience, name: 'Notes', scopes });
  const app = await createApp(world, { connections: ['github'] });
  await world.broker.issuance.apps.update(app.clientId, { apis: [audience] });
  const scope = 'openid offline_access read:notes';
  const { access_token, id_token } = await app.signIn({
    connection: 'github',
    user: 'ada',
    scope,
    parameters: { audience },
  });
  const other = await app.signIn({ connection: 'github', user: 'ada', scope: 'openid' });

  const url = `http://localhost:${await freePort()}`;
  const notes = express();
  const options = { issuer: world.issuer, audience };
  notes.get('/notes', requireToken({ ...options, scope: 'read:notes' }), (request, response) => {
    const { subject, clientId } = authenticationOf(request);
    response.json({ subject, clientId });
  });
  notes.post('/notes', requireToken({ ...options, scope: ['read:notes', 'write:notes'] }), (_, response) => {
    response.json({});
  });
  notes.get('/open', (request, response) => void response.json(authenticationOf(request)));
  await serve(url, notes);
  const call = async (token: string | undefined, method = 'GET', path = '/notes') => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(url + path, { method, headers });
    return { status: answer.status, says: answer.headers.get('www-authenticate'), text: await answer.text() };
  };

  const good = await call(access_token);
  expect(good.status).toBe(200);
  expect(JSON.parse(good.text)).toEqual({ subject: expect.stringMatching(/^usr_/), clientId: app.clientId });
  expect(await call(access_token, 'POST')).toMatchObject({
    status: 403,
    says: 'Bearer error="insufficient_scope", scope="read:notes write:notes"',
  });
  expect(await call(undefined)).toMatchObject({ status: 401, says: 'Bearer' });
  const invalid = { status: 401, says: 'Bearer error="invalid_token"' };
  expect(await call(other.access_token)).toMatchObject(invalid);
  expect(await call(id_token)).toMatchObject(invalid);
  expect(await call(`${access_token.slice(0, -4)}AAAA`)).toMatchObject(invalid);
  expect((await call(access_token, 'GET', '/open')).status).toBe(500);
});

describe('the verifier (RFC 9068 section 4)', () => {
  const good = { typ: 'at+jwt', alg: 'RS256', kid: 'one' };
  let issuer: string;
  let sign: (header: JWTHeaderParameters, claims?: object, key?: 'stranger' | 'ec') => Promise<string>;

  beforeAll(async () => {
    const [ours, strangers, curve] = [
      await generateKeyPair('RS256'),
      await generateKeyPair('RS256'),
      await generateKeyPair('ES256'),
    ];
    const keys = [
      { ...(await exportJWK(ours.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' },
      { ...(await exportJWK(curve.publicKey)), kid: 'ec', alg: 'ES256', use: 'sig' },
    ];
    const server = createServer((_, response) => void response.end(JSON.stringify({ keys })));
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    atEnd(() => void server.close());
    issuer = `http://localhost:${port}`;
    sign = (header, claims = {}, key) => {
      const { privateKey } = key === 'stranger' ? strangers : key === 'ec' ? curve : ours;
      const now = Math.floor(Date.now() / 1000);
      const usual = {
        iss: issuer,
        aud: audience,
        sub: 'usr_1',
        client_id: 'app_1',
        jti: 'j',
        iat: now,
        exp: now + 60,
      };
      return new SignJWT({ ...usual, ...claims }).setProtectedHeader(header).sign(privateKey);
    };
  });

  const verify = (token: string, algorithms?: readonly string[]) =>
    createVerifier({ issuer, audience, ...(algorithms && { algorithms }) }).authenticate(`Bearer ${token}`);
  const refused = { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } };

  it('accepts a valid token, and one with several audiences', async () => {
    expect(await verify(await sign(good))).toMatchObject({ subject: 'usr_1', clientId: 'app_1' });
    expect(await verify(await sign({ ...good, typ: 'application/at+jwt' }))).toMatchObject({
      subject: 'usr_1',
    });
    await verify(await sign(good, { aud: ['https://else.example', audience] }));
    await verify(await sign({ typ: 'at+jwt', alg: 'ES256', kid: 'ec' }, {}, 'ec'), ['ES256']);
  });

  it.each([
    ['another type', { ...good, typ: 'JWT' }, {}],
    ['no type', { alg: 'RS256', kid: 'one' }, {}],
    ['another issuer', good, { iss: 'https://else.example' }],
    ['another audience', good, { aud: 'https://else.example' }],
    ['no audience', good, { aud: undefined }],
    ['an expiry in the past', good, { exp: 1_000_000_000 }],
    ['no expiry', good, { exp: undefined }],
    ['a start in the future', good, { nbf: 9_999_999_999 }],
    ['no subject', good, { sub: undefined }],
    ['no client', good, { client_id: undefined }],
    ['no id', good, { jti: undefined }],
    ['an unknown key', { ...good, kid: 'two' }, {}],
  ])('refuses %s', async (_, header, claims) => {
    await expect(verify(await sign(header, claims))).rejects.toMatchObject(refused);
  });

  it('refuses signatures of other issuers or kinds, and missing ones', async () => {
    await expect(verify(await sign(good, {}, 'stranger'))).rejects.toMatchObject(refused);
    await expect(
      verify(await sign({ typ: 'at+jwt', alg: 'ES256', kid: 'ec' }, {}, 'ec')),
    ).rejects.toMatchObject(refused);
    const hmac = new SignJWT({}).setProtectedHeader({ ...good, alg: 'HS256' });
    await expect(verify(await hmac.sign(new Uint8Array(32)))).rejects.toMatchObject(refused);
    await expect(verify(new UnsecuredJWT({ iss: issuer, aud: audience }).encode())).rejects.toMatchObject(
      refused,
    );
    for (const text of ['x', 'a.b.c', '..']) await expect(verify(text)).rejects.toMatchObject(refused);
  });

  it('answers a header without a bearer token with a challenge', async () => {
    const verifier = createVerifier({ issuer, audience });
    for (const header of [undefined, null, '', 'Basic eDp5', 'Bearer', 'Bearer a b'])
      await expect(verifier.authenticate(header)).rejects.toMatchObject({
        status: 401,
        headers: { 'WWW-Authenticate': 'Bearer' },
      });
  });

  it('answers 503 if the key set cannot be fetched', async () => {
    const elsewhere = `http://localhost:${await freePort()}`;
    const verifier = createVerifier({ issuer: elsewhere, audience });
    await expect(verifier.authenticate(`Bearer ${await sign(good)}`)).rejects.toMatchObject({ status: 503 });
  });
});
