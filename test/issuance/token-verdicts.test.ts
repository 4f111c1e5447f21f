import { CompactSign, exportJWK, generateKeyPair, type JWK, jwtVerify } from 'jose';
import { expect, it } from 'vitest';
import { signatureCheck } from '../../src/issuance/keys/signature.ts';
import { type SigningAlg, signingAlgs } from '../../src/issuance/registry/signing-alg.ts';
import { createJwtAccessTokens } from '../../src/issuance/tokens/jwt-access-tokens.ts';

// The check of our own tokens calls node:crypto itself, since jose's takes four times the CPU. jose is the reference: both
// give the same verdict on each header, claim and signature of this table.

const issuer = 'https://broker.example';
const pairs = new Map(
  await Promise.all(
    signingAlgs.map(async (alg) => {
      const { privateKey, publicKey } = await generateKeyPair(alg);
      return [alg, { privateKey, publicKey, jwk: await exportJWK(publicKey) }] as const;
    }),
  ),
);
const pairOf = (alg: SigningAlg) => {
  const pair = pairs.get(alg);
  if (!pair) throw new Error('no key');
  return pair;
};
const isAlg = (alg: string | undefined): alg is SigningAlg => signingAlgs.some((one) => one === alg);

const { read } = createJwtAccessTokens({
  issuers: [issuer],
  keys: {
    verifierOf: (kid, alg) =>
      kid === alg && isAlg(alg) ? signatureCheck(alg, pairOf(alg).jwk as Record<string, string>) : undefined,
    has: () => true,
  },
  revocations: { covers: () => false, refresh: async () => undefined },
});

/** jose's own choice of a key by `kid` and `alg`, as its local key sets make it. */
async function reference(token: string): Promise<boolean> {
  const keyOf = ({ kid, alg }: JWK) => {
    if (kid !== alg || !isAlg(alg)) throw new Error('no key');
    return pairOf(alg).publicKey;
  };
  const options = { algorithms: [...signingAlgs], typ: 'at+jwt', issuer: [issuer] };
  return await jwtVerify(token, keyOf, options).then(
    () => true,
    () => false,
  );
}

const now = Math.floor(Date.now() / 1000);
const claims = {
  iss: issuer,
  sub: 'usr_1',
  aud: `${issuer}/v1`,
  client_id: 'app_1',
  jti: 'j',
  iat: now,
  exp: now + 60,
};

async function signed({
  alg = 'RS256',
  header = {},
  payload = claims,
}: {
  alg?: SigningAlg;
  header?: object;
  payload?: object | string;
} = {}) {
  const bytes = new TextEncoder().encode(typeof payload === 'string' ? payload : JSON.stringify(payload));
  return await new CompactSign(bytes)
    .setProtectedHeader({ alg, kid: alg, typ: 'at+jwt', ...header })
    .sign(pairOf(alg).privateKey);
}

/** Returns the token with other parts. */
function remade(token: string, change: (parts: [string, string, string]) => readonly string[]) {
  return change(token.split('.') as [string, string, string]).join('.');
}

const encoded = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const flipped = (part: string) => {
  const bytes = Buffer.from(part, 'base64url');
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes.toString('base64url');
};
const right = await signed();
const es256 = await signed({ alg: 'ES256' });

const table: Readonly<Record<string, readonly [token: string, isRight: boolean]>> = {
  RS256: [right, true],
  ES256: [es256, true],
  EdDSA: [await signed({ alg: 'EdDSA' }), true],
  'the media type with its prefix': [await signed({ header: { typ: 'application/at+jwt' } }), true],
  'the media type in capitals': [await signed({ header: { typ: 'AT+JWT' } }), true],
  'another type': [await signed({ header: { typ: 'JWT' } }), false],
  'no type': [remade(right, ([, body, mac]) => [encoded({ alg: 'RS256', kid: 'RS256' }), body, mac]), false],
  'an unknown key': [await signed({ header: { kid: 'other' } }), false],
  'a key of another algorithm': [
    remade(right, ([, body, mac]) => [encoded({ alg: 'ES256', kid: 'RS256', typ: 'at+jwt' }), body, mac]),
    false,
  ],
  'the algorithm none': [
    remade(right, ([, body]) => [encoded({ alg: 'none', kid: 'RS256', typ: 'at+jwt' }), body, '']),
    false,
  ],
  'a secret as the algorithm': [
    remade(right, ([, body, mac]) => [encoded({ alg: 'HS256', kid: 'RS256', typ: 'at+jwt' }), body, mac]),
    false,
  ],
  'a header that must be understood': [
    remade(right, ([, body, mac]) => [
      encoded({ alg: 'RS256', kid: 'RS256', typ: 'at+jwt', crit: ['x'], x: 1 }),
      body,
      mac,
    ]),
    false,
  ],
  'a changed header': [remade(right, ([head, body, mac]) => [flipped(head), body, mac]), false],
  'a changed body': [remade(right, ([head, body, mac]) => [head, flipped(body), mac]), false],
  'a changed signature': [remade(right, ([head, body, mac]) => [head, body, flipped(mac)]), false],
  'a changed signature of a curve': [remade(es256, ([head, body, mac]) => [head, body, flipped(mac)]), false],
  'a shorter signature': [remade(es256, ([head, body, mac]) => [head, body, mac.slice(4)]), false],
  'no signature': [remade(right, ([head, body]) => [head, body, '']), false],
  'four parts': [`${right}.x`, false],
  'another alphabet': [remade(right, ([head, body, mac]) => [head, body, `${mac}+/`]), false],
  'no JSON': [await signed({ payload: 'x' }), false],
  'a list': [await signed({ payload: '[]' }), false],
  'another issuer': [await signed({ payload: { ...claims, iss: 'https://x.example' } }), false],
  'no issuer': [await signed({ payload: { ...claims, iss: undefined } }), false],
  expired: [await signed({ payload: { ...claims, exp: now - 1 } }), false],
  'an end that is no number': [await signed({ payload: { ...claims, exp: String(now + 60) } }), false],
  'a beginning to come': [await signed({ payload: { ...claims, nbf: now + 60 } }), false],
  'a beginning in the past': [await signed({ payload: { ...claims, nbf: now - 60 } }), true],
  'a beginning that is no number': [await signed({ payload: { ...claims, nbf: 'x' } }), false],
  'an issue time that is no number': [await signed({ payload: { ...claims, iat: 'x' } }), false],
};

it.each(Object.entries(table))('%s', async (_what, [token, isRight]) => {
  expect([await reference(token), (await read(token)) !== undefined]).toEqual([isRight, isRight]);
});
