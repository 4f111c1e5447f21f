import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, it, vi } from 'vitest';
import { signatureCheck } from '../../src/issuance/keys/signature.ts';
import { createJwtAccessTokens } from '../../src/issuance/tokens/jwt-access-tokens.ts';

// A signature is verified once. Everything that can end a token is checked every time.

const issuer = 'https://broker.example';
const { privateKey, publicKey } = await generateKeyPair('RS256');
const isSignedBy = signatureCheck('RS256', { ...(await exportJWK(publicKey)) } as Record<string, string>);

function room() {
  const state = { revoked: false, published: true };
  const verifierOf = vi.fn(() => isSignedBy);
  const tokens = createJwtAccessTokens({
    issuers: [issuer],
    keys: { verifierOf, has: () => state.published },
    revocations: { covers: () => state.revoked, refresh: async () => undefined },
  });
  return { state, verifierOf, read: tokens.read };
}

function sign({ aud = [`${issuer}/v1`], life = 60 }: { aud?: string | string[]; life?: number } = {}) {
  return new SignJWT({ client_id: 'app_1', scope: 'openid', grant_id: 'g' })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'key_1' })
    .setIssuer(issuer)
    .setAudience(aud)
    .setSubject('usr_1')
    .setJti('jti')
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000) + life)
    .sign(privateKey);
}

it('a signature is verified once and read from the cache', async () => {
  const { read, verifierOf } = room();
  const token = await sign();
  expect(await read(token, `${issuer}/v1`)).toMatchObject({ sub: 'usr_1' });
  expect(await read(token, `${issuer}/v1`)).toMatchObject({ sub: 'usr_1' });
  expect(verifierOf).toHaveBeenCalledTimes(1);
});

it('a token is refused from its revocation on', async () => {
  const { read, state } = room();
  const token = await sign();
  await read(token);
  state.revoked = true;
  expect(await read(token)).toBeUndefined();
});

it('a token is refused once the key that signed it is removed', async () => {
  const { read, state } = room();
  const token = await sign();
  await read(token);
  state.published = false;
  expect(await read(token)).toBeUndefined();
});

it('a token is refused from its expiry on', async () => {
  const { read } = room();
  const token = await sign();
  await read(token);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  expect(await read(token)).toBeUndefined();
  vi.useRealTimers();
});

it('a token is for its audience only, wherever it was accepted before', async () => {
  const { read } = room();
  const token = await sign({ aud: `${issuer}/v1/other` });
  expect(await read(token, `${issuer}/v1/other`)).toBeDefined();
  expect(await read(token, `${issuer}/v1`)).toBeUndefined();
  expect(await read(token, `${issuer}/userinfo`)).toBeUndefined();
});

it('a token with another signature is another token', async () => {
  const { read } = room();
  const token = await sign();
  await read(token);
  const other = (await sign({ life: 61 })).split('.').at(-1);
  expect(await read(`${token.slice(0, token.lastIndexOf('.'))}.${other}`)).toBeUndefined();
  expect(await read(`${token}x`)).toBeUndefined();
});
