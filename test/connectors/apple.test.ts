import { generateKeyPairSync } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { depart, finish } from './provider-world.ts';
import { authorizeParameters, lin, rejected } from './usual.ts';

const client = ['client_id', 'client_secret'];
const at = (path: string, ...params: string[]) => ({ method: 'POST', path, params: [...client, ...params] });

const room = conforms({
  provider: 'apple',
  profile: 'apple',
  authorize: {
    address: 'https://appleid.apple.com/auth/authorize',
    parameters: [
      ...authorizeParameters('com.example.symbolon.lab', {
        scope: 'name email',
        response_mode: 'form_post',
      }),
      ['nonce', /^[\w-]{43}$/],
    ],
  },
  exchange: {
    ...at('/apple/auth/token', 'grant_type', 'code', 'redirect_uri'),
    tolerated: ['without redirect_uri'],
  },
  account: lin(undefined, {
    subject: expect.stringMatching(/^\d{6}\.[0-9a-f]{32}\.\d{4}$/),
    name: '小雨 林',
    emailVerified: true,
  }),
  words: [
    { step: 'exchange', status: 400, body: { error: 'invalid_grant' }, becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 400, body: { error: 'invalid_client' }, becomes: { kind: 'misconfigured' } },
    {
      step: 'exchange',
      status: 400,
      body: { error: 'unauthorized_client' },
      becomes: { kind: 'misconfigured' },
    },
    { step: 'exchange', status: 400, body: { error: 'invalid_request' }, becomes: { kind: 'unknown' } },
    { step: 'exchange', status: 400, body: { error: 'invalid_scope' }, becomes: { kind: 'unknown' } },
    { step: 'refresh', status: 400, body: { error: 'invalid_grant' }, becomes: rejected },
    { step: 'refresh', status: 400, body: { error: 'invalid_client' }, becomes: { kind: 'misconfigured' } },
    {
      step: 'refresh',
      status: 400,
      body: { error: 'unsupported_grant_type' },
      becomes: { kind: 'misconfigured' },
    },
  ],
  rogue: {
    from: 'id-token',
    tokens: { access_token: 'rogue-access-token', expires_in: 3600, token_type: 'Bearer' },
    path: '/token',
    profile: { sub: '001050.abc.1050', email: 'bob@example.com', email_verified: 'true' },
    subject: 'sub',
    shown: ['email', 'email_verified'],
  },
  renewal: {
    how: 'refresh_token',
    asked: at('/apple/auth/token', 'grant_type', 'refresh_token'),
    keepsRefreshToken: false,
  },
  revocation: at('/apple/auth/revoke', 'token', 'token_type_hint'),
});

/** Apple's token answer, with an ID token of these claims. */
async function answered(claims: object, callback: Record<string, string> = {}) {
  const { rogue, registration, misled } = room();
  const now = Math.floor(Date.now() / 1000);
  const standing = { iss: rogue.url, aud: registration.clientId, sub: '1', nonce: 'n', iat: now };
  const id_token = await rogue.sign({ ...standing, exp: now + 600, ...claims });
  rogue.says({ '/token': { access_token: 'rogue-access-token', token_type: 'Bearer', id_token } });
  const run = { code: 'c', iss: undefined, verifier: undefined, nonce: 'n', callback };
  return (await finish(misled, run)).account;
}

describe('Apple', () => {
  it('does not decode a plus sign as a space', async () => {
    const { url } = await depart(room().real);
    expect(url.href).toContain('scope=name%20email');
  });

  it('receives a client secret that is signed for the call and short-lived', async () => {
    const { connector, registration, clock } = room();
    const secret = (await connector.mintClientSecret?.(registration, clock.now()))?.reveal() ?? '';
    expect(decodeProtectedHeader(secret)).toEqual({ alg: 'ES256', kid: registration.options.key_id });
    const now = Math.floor(clock.now().getTime() / 1000);
    expect(decodeJwt(secret)).toEqual({
      iss: registration.options.team_id,
      sub: registration.clientId,
      aud: 'https://appleid.apple.com',
      iat: now,
      exp: now + 300,
    });
  });

  it('is misconfigured with another key or another team', async () => {
    const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    });
    const blamed = { failure: { kind: 'misconfigured' } };
    await expect(room().arrive('lin', room().withSecret(String(pem)))).rejects.toMatchObject(blamed);
    for (const option of ['team_id', 'key_id']) {
      const { upstream } = room().withOptions({ [option]: 'AAAAAAAAAA' });
      await expect(room().arrive('lin', upstream), option).rejects.toMatchObject(blamed);
    }
  });

  it('states the name once, and again after the person has removed the app', async () => {
    expect((await room().arrive('lin')).account.name).toBe('小雨 林');
    expect((await room().arrive('lin')).account.name).toBeUndefined();
    await room().control('POST', '/users/lin/revoke');
    expect((await room().arrive('lin')).account.name).toBe('小雨 林');
  });

  it.each([
    ['{"name":{"firstName":"<b>Bob</b>"}}', '<b>Bob</b>'],
    ['{"name":{"firstName":"","lastName":"Roe"}}', 'Roe'],
    ['{"name":{"firstName":7,"lastName":{"a":1}}}', undefined],
    ['{"name":"Bob","email":"lin@example.com"}', undefined],
    ['{"__proto__":{"name":{"firstName":"Bob"}}}', undefined],
    ['[', undefined],
  ])('names the person only by a valid form: %s gives %j', async (user, name) => {
    expect(await answered({}, { user })).toMatchObject({ subject: '1', name, email: undefined });
  });

  it('gives scopes with form_post only, and so does the lab', async () => {
    const { url } = await depart(room().upstream);
    url.searchParams.delete('response_mode');
    url.searchParams.set('lab_auto', '1');
    expect(await (await fetch(url, { redirect: 'manual' })).text()).toContain('response_mode');
  });

  it.each([
    [true, true],
    ['true', true],
    [false, false],
    ['false', false],
    ['yes', false],
    [1, false],
    [undefined, false],
  ])('vouches for the address if email_verified is %j: %j', async (email_verified, emailVerified) => {
    expect(await answered({ email: 'a@example.com', email_verified })).toMatchObject({ emailVerified });
  });

  it('has relay addresses, which count as the person’s', async () => {
    const { account } = await room().arrive('ada');
    expect(account).toMatchObject({ emailVerified: true });
    expect(account.email).toMatch(/@privaterelay\.appleid\.com$/);
  });

  it('may name itself by either issuer, and by no other', async () => {
    expect((await answered({ iss: 'https://account.apple.com' })).subject).toBe('1');
    await expect(answered({ iss: 'https://account.apple.com.example' })).rejects.toMatchObject({
      failure: { kind: 'unknown' },
    });
  });

  it('is not asked more than once a day whether the grant is valid', async () => {
    const { tokens } = await room().arrive('lin');
    expect(tokens.expiresIn).toBe(86_400);
    room().clock.advance(hours(25));
    expect((await room().upstream.refresh(tokens)).expiresIn).toBe(86_400);
  });
});
