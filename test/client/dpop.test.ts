import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDpop, type Dpop } from '../../src/client/dpop.ts';
import { createProofCheck, type ProvenRequest } from '../../src/client/dpop-check.ts';
import { atEnd } from '../support/at-end.ts';
import { freePort } from '../support/world.ts';

// The proofs that the library makes, and those that it accepts (RFC 9449).

const time = 1_800_000_000_000;
const url = 'https://mcp.example/mcp?page=2';
const token = 'at-1';
const keys = await generateKeyPair('ES256', { extractable: true });
const jwk = await exportJWK(keys.publicKey);
const privateJwk = await exportJWK(keys.privateKey);
const stranger = await exportJWK((await generateKeyPair('ES256')).publicKey);

describe('a proof of the library', () => {
  it('names the request, the token and the key, and each has an id of its own', async () => {
    const dpop = await createDpop({ keys, now: () => time });
    expect(dpop.thumbprint).toBe(await calculateJwkThumbprint(jwk));
    const proof = await dpop.proof({ method: 'POST', url, accessToken: token, nonce: 'n' });
    expect(decodeJwt(proof)).toEqual({
      jti: expect.any(String),
      htm: 'POST',
      htu: 'https://mcp.example/mcp',
      iat: time / 1000,
      ath: createHash('sha256').update(token).digest('base64url'),
      nonce: 'n',
    });
    const other = await dpop.proof({ method: 'POST', url });
    expect(decodeJwt(other).jti).not.toBe(decodeJwt(proof).jti);
    expect(decodeJwt(other)).not.toHaveProperty('ath');
    const request = { method: 'POST', url, proofs: proof };
    expect(await createProofCheck(() => time)(request, token)).toBe(dpop.thumbprint);
  });

  it.each(['ES384', 'EdDSA', 'PS256'] as const)('can be made with %s', async (algorithm) => {
    const dpop = await createDpop({ algorithm, now: () => time });
    const proofs = await dpop.proof({ method: 'GET', url, accessToken: token });
    expect(await createProofCheck(() => time)({ method: 'GET', url, proofs }, token)).toBe(dpop.thumbprint);
  });
});

describe('the check of proofs', () => {
  const ath = createHash('sha256').update(token).digest('base64url');
  const good = { jti: 'j', htm: 'GET', htu: 'https://mcp.example/mcp', iat: time / 1000, ath };
  const header = { alg: 'ES256', typ: 'dpop+jwt', jwk };
  const make = (claims: object = {}, head: object = {}) =>
    new SignJWT({ ...good, ...claims }).setProtectedHeader({ ...header, ...head }).sign(keys.privateKey);
  const check = async (proofs: ProvenRequest['proofs'], method = 'GET') =>
    await createProofCheck(() => time)({ method, url, proofs }, token);
  const refused = { name: 'ProofRefusedError' };

  it('takes the spellings of an address that mean the same', async () => {
    for (const htu of ['https://MCP.example:443/mcp', 'HTTPS://mcp.example/x/../mcp#f', url])
      expect(await check(await make({ htu })), htu).toBe(await calculateJwkThumbprint(jwk));
  });

  it.each<[string, object, object?]>([
    ['another method', { htm: 'POST' }],
    ['a method in small letters', { htm: 'get' }],
    ['another address', { htu: 'https://mcp.example/other' }],
    ['another scheme', { htu: 'http://mcp.example/mcp' }],
    ['no address', { htu: undefined }],
    ['the hash of another token', { ath: createHash('sha256').update('at-2').digest('base64url') }],
    ['no hash', { ath: undefined }],
    ['no id', { jti: undefined }],
    ['an id that is no text', { jti: 1 }],
    ['a time that has passed', { iat: time / 1000 - 61 }],
    ['a time to come', { iat: time / 1000 + 61 }],
    ['no time', { iat: undefined }],
    ['another type', {}, { typ: 'JWT' }],
    ['no key', {}, { jwk: undefined }],
    ['a private key', {}, { jwk: privateJwk }],
    ['the key of another', {}, { jwk: stranger }],
  ])('refuses %s', async (_, claims, head) => {
    await expect(check(await make(claims, head))).rejects.toMatchObject(refused);
  });

  it('refuses no proof, two proofs, a proof with a secret, and one that was used', async () => {
    const one = await make();
    for (const proofs of [
      undefined,
      null,
      '',
      [],
      'a.b.c',
      `${one}, ${await make({ jti: 'k' })}`,
      [one, one],
    ])
      await expect(check(proofs)).rejects.toMatchObject(refused);
    const secret = new Uint8Array(32);
    const oct: object = { kty: 'oct', k: 'AA' };
    const hmac = await new SignJWT(good)
      .setProtectedHeader({ alg: 'HS256', typ: 'dpop+jwt', jwk: oct })
      .sign(secret);
    await expect(check(hmac)).rejects.toMatchObject(refused);
    const again = createProofCheck(() => time);
    const request = { method: 'GET', url, proofs: one };
    await again(request, token);
    await expect(again(request, token)).rejects.toMatchObject(refused);
    await again({ ...request, proofs: await make({ jti: 'new' }) }, token);
  });
});

describe('requests with a nonce', () => {
  /** Asks for a nonce once, and again when its own has changed. */
  const seen: { nonce: unknown; body: string }[] = [];
  let nonce = 'one';
  let at: string;
  let dpop: Dpop;

  beforeAll(async () => {
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const claims = decodeJwt(String(request.headers.dpop));
      seen.push({ nonce: claims.nonce, body });
      const headers = { 'DPoP-Nonce': nonce, 'Content-Type': 'application/json' };
      if (claims.nonce === nonce) return response.writeHead(200, headers).end('{}');
      if (request.url === '/token') return response.writeHead(400, headers).end('{"error":"use_dpop_nonce"}');
      const challenge =
        request.url === '/never' ? 'DPoP error="invalid_token"' : 'DPoP error="use_dpop_nonce"';
      response.writeHead(401, { ...headers, 'WWW-Authenticate': challenge }).end('{}');
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    atEnd(() => void server.close());
    at = `http://localhost:${port}`;
    dpop = await createDpop();
  });

  it('are sent again with it, body and all, and begin with it the next time', async () => {
    const post = { method: 'POST', body: new URLSearchParams({ a: 'b' }) };
    expect((await dpop.fetch(`${at}/token`, post)).status).toBe(200);
    expect(seen.splice(0)).toEqual([
      { nonce: undefined, body: 'a=b' },
      { nonce: 'one', body: 'a=b' },
    ]);
    nonce = 'two';
    expect((await dpop.fetch(`${at}/api`, {}, { accessToken: token })).status).toBe(200);
    expect((await dpop.fetch(`${at}/api`, {}, { accessToken: token })).status).toBe(200);
    expect(seen.splice(0).map((one) => one.nonce)).toEqual(['one', 'two', 'two']);
  });

  it('are sent once when the refusal is another, or the body a stream', async () => {
    nonce = 'three';
    expect((await dpop.fetch(`${at}/never`, {}, { accessToken: token })).status).toBe(401);
    nonce = 'four';
    const body = new Blob(['x']).stream();
    const streamed = { method: 'POST', body, duplex: 'half' } as RequestInit;
    expect((await dpop.fetch(`${at}/token`, streamed)).status).toBe(400);
    expect(seen).toHaveLength(2);
  });
});
