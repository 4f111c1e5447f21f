import { createHash } from 'node:crypto';
import { type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from './failure-of.ts';
import { createProviderWorld, type ProviderWorld } from './provider-world.ts';

let world: ProviderWorld;

beforeAll(async () => {
  world = await createProviderWorld('google', 'google');
});

const access = 'rogue-access-token';
const secrets = [access, 'rogue-refresh-token'];
const half = createHash('sha256').update(access).digest().subarray(0, 16).toString('base64url');
const run = { code: 'rogue-code', iss: undefined, verifier: 'v'.repeat(43), nonce: 'the-nonce' };

function honest(): JWTPayload & Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  const { clientId } = world.registration;
  return {
    iss: world.rogue.url,
    aud: clientId,
    sub: '1234',
    nonce: run.nonce,
    iat: now,
    exp: now + 600,
  };
}

/** Signs in with this ID token at a provider whose userinfo has the same subject. */
function arriveWith(idToken: unknown, userinfo: object = { sub: '1234' }) {
  const refresh_token = 'rogue-refresh-token';
  world.rogue.says({
    '/token': { access_token: access, refresh_token, token_type: 'Bearer', id_token: idToken },
    '/userinfo': userinfo,
  });
  return world.misled.signIn(run);
}

describe('an ID token', () => {
  it.each<[string, (claims: Record<string, unknown>) => Record<string, unknown>]>([
    ['as it should be', (claims) => claims],
    ['with an audience list of one', (claims) => ({ ...claims, aud: [claims.aud] })],
    ['with two audiences and azp', (claims) => ({ ...claims, aud: [claims.aud, 'x'], azp: claims.aud })],
    ['with the right at_hash', (claims) => ({ ...claims, at_hash: half })],
  ])('%s is taken', async (_what, change) => {
    const { account } = await arriveWith(await world.rogue.sign(change(honest())));
    expect(account.subject).toBe('1234');
  });

  it.each<[string, (claims: Record<string, unknown>) => Record<string, unknown>]>([
    ['another issuer', (claims) => ({ ...claims, iss: 'https://attacker.example' })],
    ['its issuer with a slash', (claims) => ({ ...claims, iss: `${claims.iss}/` })],
    ['no issuer', ({ iss: _, ...claims }) => claims],
    ['another audience', (claims) => ({ ...claims, aud: 'somebody-else' })],
    ['an empty audience', (claims) => ({ ...claims, aud: [] })],
    ['no audience', ({ aud: _, ...claims }) => claims],
    ['two audiences and no azp', (claims) => ({ ...claims, aud: [claims.aud, 'x'] })],
    ['two audiences and another azp', (claims) => ({ ...claims, aud: [claims.aud, 'x'], azp: 'x' })],
    ['one audience and another azp', (claims) => ({ ...claims, azp: 'x' })],
    ['our audience as a prefix', (claims) => ({ ...claims, aud: `${claims.aud}.evil` })],
    ['an end long past', (claims) => ({ ...claims, exp: Number(claims.iat) - 3600 })],
    ['no end', ({ exp: _, ...claims }) => claims],
    ['an end that is a text', (claims) => ({ ...claims, exp: '99999999999' })],
    ['a beginning far ahead', (claims) => ({ ...claims, nbf: Number(claims.iat) + 3600 })],
    ['no nonce', ({ nonce: _, ...claims }) => claims],
    ['another nonce', (claims) => ({ ...claims, nonce: 'another' })],
    ['the nonce in a list', (claims) => ({ ...claims, nonce: [claims.nonce] })],
    ['no subject', ({ sub: _, ...claims }) => claims],
    ['an empty subject', (claims) => ({ ...claims, sub: '' })],
    ['a numeric subject', (claims) => ({ ...claims, sub: 1234 })],
    ['a subject of 300 characters', (claims) => ({ ...claims, sub: '1'.repeat(300) })],
    ['NUL in its subject', (claims) => ({ ...claims, sub: 'a\0b' })],
    ['the hash of another access token', (claims) => ({ ...claims, at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' })],
    ['an empty hash', (claims) => ({ ...claims, at_hash: '' })],
    ['a hash that is a number', (claims) => ({ ...claims, at_hash: 7 })],
  ])('with %s signs no person in', async (_what, change) => {
    const claims = change(honest());
    const error = await failureOf(arriveWith(await world.rogue.sign(claims), { sub: claims.sub }), secrets);
    expect(error.failure).toEqual({ kind: 'unknown' });
  });

  it.each(['none', 'None', 'nOnE'])('signed by alg %s signs no one in', async (alg) => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${encode({ alg })}.${encode(honest())}.`;
    expect((await failureOf(arriveWith(unsigned), secrets)).failure.kind).toBe('unknown');
  });

  it('signed with the client secret, or with a public key in its place, signs no one in', async () => {
    const jwks = await (await fetch(`${world.rogue.url}/jwks`)).text();
    for (const secret of [world.registration.clientSecret?.reveal() ?? '', jwks]) {
      const token = await new SignJWT(honest())
        .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
        .sign(new TextEncoder().encode(secret));
      expect((await failureOf(arriveWith(token), secrets)).failure.kind).toBe('unknown');
    }
  });

  it('with an unknown critical header signs no one in', async () => {
    const [, payload, signature] = (await world.rogue.sign(honest())).split('.');
    const header = { alg: 'RS256', kid: 'k1', crit: ['x'], x: 1 };
    const critical = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.${signature}`;
    for (const token of [critical, await world.rogue.sign(honest(), { kid: 'unknown' })])
      expect((await failureOf(arriveWith(token), secrets)).failure.kind).toBe('unknown');
  });

  it('with a cut, changed or foreign signature signs no one in', async () => {
    const token = await world.rogue.sign(honest());
    const [header, payload, signature = ''] = token.split('.');
    const other = (await world.rogue.sign({ ...honest(), sub: '5678' })).split('.');
    const forged = [
      `${header}.${other[1]}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${token}.${token}`,
      'not a token',
      { sub: '1234' },
      7,
      undefined,
    ];
    for (const idToken of forged)
      expect((await failureOf(arriveWith(idToken), secrets)).failure.kind).toBe('unknown');
  });
});

describe('userinfo', () => {
  it.each([['5678'], [undefined], [1234], [null], ['1234 ']])(
    'about %j does not sign 1234 in',
    async (sub) => {
      const error = await failureOf(arriveWith(await world.rogue.sign(honest()), { sub }), secrets);
      expect(error).toMatchObject({ step: 'profile', code: 'sub_mismatch' });
    },
  );

  it('that refuses with status 200 fails no sign-in, as with any other refusal', async () => {
    const refusal = { error: 'invalid_token', name: 'Nobody' };
    const { account } = await arriveWith(await world.rogue.sign(honest()), refusal);
    expect(account).toMatchObject({ subject: '1234', name: undefined });
  });

  const addresses = async (idToken: object, userinfo: object) => {
    const signed = await world.rogue.sign({ ...honest(), ...idToken });
    world.rogue.says({
      '/token': { access_token: access, token_type: 'Bearer', id_token: signed },
      '/userinfo': { sub: '1234', ...userinfo },
    });
    const { email, emailVerified } = (await world.misled.signIn(run)).account;
    return { email, emailVerified };
  };
  const email = 'a@example.com';

  it.each(['true', 1, {}, [true], null, 'yes'])('that says verified: %j verifies nothing', async (said) => {
    expect(await addresses({}, { email, email_verified: said })).toEqual({ email, emailVerified: false });
    expect(await addresses({ email, email_verified: said }, {})).toEqual({ email, emailVerified: false });
  });

  it('verifies its own address, and not the one in the ID token', async () => {
    expect(await addresses({}, { email, email_verified: true })).toEqual({ email, emailVerified: true });
    expect(await addresses({ email_verified: true }, { email })).toEqual({ email, emailVerified: false });
    const mixed = await addresses({ email }, { email: 'b@example.com', email_verified: true });
    expect(mixed).toEqual({ email, emailVerified: false });
  });
});
